import { describe, expect, it } from "vitest";
import { LARGE_BODY_BYTES } from "../../src/server/body.ts";
import { estimate, resource, store, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();

/** An estimate whose request is handled by the thread. */
function largeEstimate(fields: Parameters<typeof estimate>[0] = {}) {
  const byResource = Array.from({ length: 2_000 }, (_, n) =>
    resource({ resourceId: `module.large["${n}"].aws_instance.web`, totalMonthlyCost: "10.10" }),
  );
  const large = estimate({ totalMonthlyCost: "20200.00", byResource, ...fields });
  expect(JSON.stringify(large).length).toBeGreaterThan(LARGE_BODY_BYTES);
  return large;
}

describe("A large request", () => {
  it("is stored with all digits, without a statement of the main thread", async () => {
    let id = "";
    const statements = await statementsOf(async () => {
      id = await store(service, { estimate: largeEstimate() });
    });
    expect(statements).toEqual([]);
    const { data } = await service.query(
      `{ job(id: "${id}") { totalMonthlyCost resourceCount resources(first: 1) { nodes { totalMonthlyCost } } } }`,
    );
    expect(data.job).toEqual({
      totalMonthlyCost: "20200.00",
      resourceCount: 2_000,
      resources: { nodes: [{ totalMonthlyCost: "10.10" }] },
    });
  });

  it("is rejected with the message of a small one", async () => {
    const wrong = { currency: "XXQ" };
    const small = await tryToStore(service, { estimate: estimate(wrong) });
    const large = await tryToStore(service, { estimate: largeEstimate(wrong) });
    expect([large.status, large.errors]).toEqual([small.status, small.errors]);
    expect(large.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  it("is stored once for an idempotency key", async () => {
    const input = { idempotencyKey: "large", estimate: largeEstimate() };
    const answers = await Promise.all([1, 2, 3].map(() => tryToStore(service, input)));
    expect(new Set(answers.map(({ data }) => data.storeEstimate.job.id)).size).toBe(1);
    expect(answers.filter(({ data }) => data.storeEstimate.created)).toHaveLength(1);
  });

  it("may use REST", async () => {
    const answer = await fetch(`${service.url}/api/v1/store`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ estimate: largeEstimate() }),
    });
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([201, ["job_id"]]);
  });

  it("that is not JSON is rejected", async () => {
    const answer = await service.post("x".repeat(LARGE_BODY_BYTES));
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, "BAD_REQUEST"]);
  });

  it("for an unknown URL is answered like a small one", async () => {
    const post = (body: string) =>
      fetch(`${service.url}/nowhere`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    const [small, large] = [await post("{}"), await post(JSON.stringify("x".repeat(LARGE_BODY_BYTES)))];
    expect([large.status, await large.text()]).toEqual([small.status, await small.text()]);
  });
});
