import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { estimate } from "../support/estimates.ts";
import { metricOf } from "../support/metrics.ts";
import { startService } from "../support/service.ts";
import { whileLocked } from "../support/while-locked.ts";

/** No timeout ends a statement before the disconnect does. */
const TIMEOUTS = { DATABASE_LOCK_TIMEOUT_S: "600", DATABASE_STATEMENT_TIMEOUT_S: "600" };
const service = startService({ METRICS_PORT: "0", ...TIMEOUTS });

/** Two bodies of this size exceed the bytes in progress. */
const BYTES = 5_000_000;

const CREATED = JSON.stringify({ data: { storeEstimate: { created: true } } });

/** Starts a large request that stores an estimate. */
function storeLarge(idempotencyKey: string) {
  const query = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
  const body = JSON.stringify({ query, variables: { input: { idempotencyKey, estimate: estimate() } } });
  const sending = request(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  const answer = new Promise<string>((resolve) => {
    sending.once("error", ({ message }) => resolve(message));
    sending.once("response", async (response) => resolve((await response.toArray()).join("").trim()));
  });
  sending.end(body.padEnd(BYTES));
  return { answer, hangUp: () => sending.destroy() };
}

/** Waits until the server has read this number of requests, and has discarded the others. */
async function whenHeld(count: number): Promise<void> {
  await until(async () => (await metricOf(service, "results_storage_upload_bytes")) === count * BYTES);
}

/** Waits until this number of stores of the thread waits for the lock. */
async function whenLockedOut(count: number): Promise<void> {
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await until(async () => (await service.sql(waiting)).length === count);
}

const storedKeys = async () =>
  (await service.sql("select key from idempotency_keys order by key")).map(({ key }) => key);

describe("A large request whose client disconnects", () => {
  it("while another one is in progress is discarded, and delays no other", async () => {
    const answers: Promise<string>[] = [];
    await whileLocked(service.databaseUrl, "jobs", async () => {
      answers.push(storeLarge("worked on").answer);
      await whenLockedOut(1);
      const gone = storeLarge("gone while it waited");
      await whenHeld(2);
      answers.push(storeLarge("behind it").answer);
      await whenHeld(3);
      gone.hangUp();
      expect(await gone.answer).toBe("socket hang up");
      await whenHeld(2);
    });
    expect(await Promise.all(answers)).toEqual([CREATED, CREATED]);
    expect(await storedKeys()).toEqual(["behind it", "worked on"]);
  });

  it("while it is in progress is cancelled, and stores nothing", async () => {
    await whileLocked(service.databaseUrl, "jobs", async () => {
      const gone = storeLarge("gone while it was worked on");
      await whenLockedOut(1);
      gone.hangUp();
      expect(await gone.answer).toBe("socket hang up");
      await whenLockedOut(0);
    });
    expect(await storeLarge("next").answer).toBe(CREATED);
    expect(await storedKeys()).not.toContain("gone while it was worked on");
  });
});
