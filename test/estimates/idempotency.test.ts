import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { GOOD_INPUT } from "../support/bad-input.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { rowCounts } from "../support/tables.ts";

const service = startService();

/** What storing answers, in short: the job and whether it was created, or the error's code. */
async function outcome(input: Partial<StoreEstimateInput>) {
  const { data, errors } = await tryToStore(service, input);
  if (errors) return { code: errors[0]?.extensions.code, message: errors[0]?.message };
  return { id: data.storeEstimate.job.id, created: data.storeEstimate.created };
}

describe("The same key with the same estimate", () => {
  it("answers the job that is stored, and stores nothing", async () => {
    const input = { ...GOOD_INPUT, idempotencyKey: randomUUID() };
    const first = await outcome(input);
    const counts = await rowCounts(service);
    expect(first.created).toBe(true);
    expect(await outcome(input)).toEqual({ id: first.id, created: false });
    expect(await rowCounts(service)).toEqual(counts);
  });

  it("is the same with its fields, and its JSON's keys, in another order", async () => {
    const idempotencyKey = randomUUID();
    const send = async (labels: string, fields: string[]) => {
      const estimateFields = { totalMonthlyCost: '"5.10"', currency: '"USD"', byResource: "[]" };
      const written = fields.map((name) => `"${name}":${Reflect.get(estimateFields, name)}`).join();
      const query = "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { created } }";
      const { data } = await service.post(
        `{"query":${JSON.stringify(query)},"variables":{"in":{"idempotencyKey":"${idempotencyKey}","labels":${labels},"estimate":{${written}}}}}`,
      );
      return data.storeEstimate.created;
    };
    expect(await send('{"a":{"x":1,"y":[1.50]},"b":2}', ["totalMonthlyCost", "currency", "byResource"])).toBe(
      true,
    );
    expect(await send('{"b":2,"a":{"y":[1.50],"x":1}}', ["byResource", "currency", "totalMonthlyCost"])).toBe(
      false,
    );
  });

  it("is the same whether a field that is not stated is null or left out", async () => {
    const idempotencyKey = randomUUID();
    await outcome({ idempotencyKey });
    expect(await outcome({ idempotencyKey, project: null, labels: null })).toMatchObject({ created: false });
  });
});

describe("The same key with another estimate", () => {
  it.each<[string, Partial<StoreEstimateInput>]>([
    ["another total", { estimate: estimate({ totalMonthlyCost: "10.01" }) }],
    ["the same total written with other digits", { estimate: estimate({ totalMonthlyCost: "10.0" }) }],
    ["another project", { project: "other" }],
    ["an assumed currency instead of a stated one", { estimate: estimate({ currency: null }) }],
    ["another resource", { estimate: estimate({ byResource: [resource({ region: "r2" })] }) }],
    ["a null in its labels", { labels: { team: null } }],
    [
      "a null in its cost drivers",
      { estimate: estimate({ byResource: [resource({ costDrivers: [null] })] }) },
    ],
    ["the time of the estimate", { estimate: estimate({ estimatedAt: "2026-11-22T10:15:00Z" }) }],
  ])("is a conflict that names the key, and stores nothing: %s", async (_name, other) => {
    const idempotencyKey = randomUUID();
    const { id } = await outcome({ idempotencyKey, labels: {} });
    const counts = await rowCounts(service);
    const { code, message } = await outcome({ idempotencyKey, labels: {}, ...other });
    expect(code).toBe("IDEMPOTENCY_CONFLICT");
    expect(message).toContain(
      `input.idempotencyKey "${idempotencyKey}" has stored another estimate, as job ${id}`,
    );
    expect(await rowCounts(service)).toEqual(counts);
  });
});

describe("At the same instant", () => {
  it("ten identical requests store one job, and all answer it", async () => {
    const idempotencyKey = randomUUID();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome({ idempotencyKey })));
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1);
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
  });

  it("ten different requests with one key store one job, and nine are conflicts", async () => {
    const idempotencyKey = randomUUID();
    const before = Number((await rowCounts(service))?.jobs);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) => outcome({ idempotencyKey, project: `p${i}` })),
    );
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
    expect(outcomes.filter(({ code }) => code === "IDEMPOTENCY_CONFLICT")).toHaveLength(9);
    expect(await rowCounts(service)).toMatchObject({ jobs: before + 1 });
  });
});

describe("Without a key", () => {
  it.each([undefined, null])(
    "every call stores a new job, plan and commit notwithstanding (%s)",
    async (idempotencyKey) => {
      const input = { idempotencyKey, terraformPlanHash: "abc", commitSha: "c0ffee" };
      const [first, second] = [await outcome(input), await outcome(input)];
      expect([first.created, second.created]).toEqual([true, true]);
      expect(first.id).not.toBe(second.id);
    },
  );
});

describe("A refused estimate", () => {
  it("does not use up its key", async () => {
    const idempotencyKey = randomUUID();
    const refused = await outcome({ idempotencyKey, estimate: estimate({ confidenceScore: 2 }) });
    expect(refused.code).toBe("BAD_USER_INPUT");
    expect(await outcome({ idempotencyKey })).toMatchObject({ created: true });
  });
});
