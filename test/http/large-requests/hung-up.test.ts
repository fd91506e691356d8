import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { until } from "../../database/embedded/server-process.ts";
import { estimate } from "../../support/estimates.ts";
import { startService } from "../../support/service.ts";
import { whileLocked } from "../../support/while-locked.ts";

const service = startService({ METRICS_PORT: "0" });

/** Two of this size are not worked on at a time. */
const BYTES = 5_000_000;

/** Begins to store an estimate by a large request, and says what its answer has. */
function storeLarge(idempotencyKey: string) {
  const query = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
  const body = JSON.stringify({ query, variables: { input: { idempotencyKey, estimate: estimate() } } });
  const sending = request(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  const answer = new Promise<string>((resolve) => {
    sending.once("error", ({ message }) => resolve(message));
    sending.once("response", async (response) => resolve((await response.toArray()).join("")));
  });
  const sent = new Promise<void>((resolve) => sending.end(body.padEnd(BYTES), resolve));
  return { sent, answer, hangUp: () => sending.destroy() };
}

async function running(): Promise<number> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  return Number(/^results_storage_requests_running (\d+)$/m.exec(text)?.[1]);
}

describe("A large request whose client hangs up", () => {
  it("while others are before it is forgotten, and holds up nobody", async () => {
    const stores: ReturnType<typeof storeLarge>[] = [];
    await whileLocked(service.databaseUrl, "jobs", async () => {
      for (const key of ["first", "gone", "last"]) {
        const store = storeLarge(key);
        stores.push(store);
        await store.sent;
        await until(async () => (await running()) === stores.length);
      }
      stores[1]?.hangUp();
      await until(async () => (await running()) === 2);
    });
    const answers = await Promise.all(stores.map(({ answer }) => answer));
    const created = JSON.stringify({ data: { storeEstimate: { created: true } } });
    expect(answers.map((answer) => answer.trim())).toEqual([created, "socket hang up", created]);
    const keys = await service.sql("select key from idempotency_keys order by key");
    expect(keys).toEqual([{ key: "first" }, { key: "last" }]);
  });
});
