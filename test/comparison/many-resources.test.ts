import { describe, expect, it } from "vitest";
import { copyOfJob } from "../support/copied-jobs.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { observed, sqlOf } from "../support/statements.ts";
import { at, comparisonsOf } from "./comparisons.ts";

const service = startService();
const { storeAll } = comparisonsOf(service);

/** Stores jobs of several projects that state a number of resources, and have none. */
async function storeLarge(
  prefix: string,
  resourceCount: number,
  count: number,
): Promise<[string, ...string[]]> {
  const [first, ...ids] = Array.from({ length: count }, () => crypto.randomUUID());
  const job = await store(service, { project: "large", branch: "main" });
  const copies = [first ?? "", ...ids].map((id, i) => {
    const changes = { id, project: `${prefix}/${String(i).padStart(2, "0")}`, resource_count: resourceCount };
    return copyOfJob(job, `'${JSON.stringify(changes)}'`);
  });
  await service.sql(copies.join(";"));
  return [first ?? "", ...ids];
}

/** The pairs of the first job and each other job, compared by one query. */
function comparisonsWith([base, ...targets]: [string, ...string[]], fields: string): string {
  const asked = targets.map(
    (target, i) => `c${i}: compareJobs(baseJobId: "${base}", targetJobId: "${target}") { ${fields} }`,
  );
  return `{ ${asked.join(" ")} }`;
}

/** The answer to a query, and the number of statements that read resources of pairs. */
async function compared(query: string) {
  const { answer, statements } = await observed(() => service.query(query));
  return { ...answer, count: statements.filter((name) => name === "comparison.changes").length };
}

const ATTRIBUTION = "attribution { price added other }";
const SUMMARY = "summary { unattributed }";

/** The current jobs of some projects, each compared with itself. */
function portfolioOf(prefix: string, fields: string): string {
  const side = `{ filter: { projectPrefix: "${prefix}/" } }`;
  return `{ comparePortfolios(base: ${side}, target: ${side}) {
    pairs(first: 50) { nodes { project comparison { ${fields} } } } } }`;
}

describe("The statements of several comparisons", () => {
  it.each([
    ["one for 40 pairs of small jobs", 300, 40, `${SUMMARY} ${ATTRIBUTION}`, 1],
    ["one for each pair of large jobs", 20_000, 4, ATTRIBUTION, 4],
    ["one for two pairs of half this size", 10_000, 4, ATTRIBUTION, 2],
    ["one for five pairs of large jobs without attribution", 20_000, 6, SUMMARY, 2],
    ["one for each pair of the largest jobs", 100_000, 2, ATTRIBUTION, 2],
  ])("are %s", async (what, resourceCount, pairs, fields, statements) => {
    const jobs = await storeLarge(what, resourceCount, pairs + 1);
    const { errors, count } = await compared(comparisonsWith(jobs, fields));
    expect(errors).toBeUndefined();
    expect(count).toBe(statements);
  });

  it("find a resource by its job and its rank, and not in all jobs", async () => {
    const costs = Array.from({ length: 1_000 }, (_, i) => i);
    const jobWith = (more: number) =>
      storeAll(
        costs.map((i) =>
          at(`a.b[${i}]`, `${i + more}`, { costDrivers: [{ name: "hours", monthlyCost: `${i + more}` }] }),
        ),
      );
    const jobs: [string, ...string[]] = [await jobWith(1), await jobWith(2)];
    await jobWith(3);
    await service.sql("analyze");
    const statements = await sqlOf(() => service.query(comparisonsWith(jobs, ATTRIBUTION)));
    const statement = statements.find((text) => text.startsWith("/* comparison.changes */"));
    const plan = (await service.sql(`explain (generic_plan) ${statement}`))
      .map((row) => row["QUERY PLAN"])
      .join("\n");
    expect(plan).toMatch(
      /job_id = places\.target_id\) AND \((target\w*\.)?cost_rank = places\.target_rank\)/,
    );
    expect(plan).not.toMatch(/Index Cond: \(cost_rank = /);
  });

  it("fail the fields of their pairs only", async () => {
    await storeLarge("failing", 20_000, 2);
    const id = await store(service, { project: "failing/real", branch: "main" });
    await service.sql(
      `alter table cost_results enable row level security;
      create policy fails on cost_results using (1 / (job_id <> '${id}')::int = 1)`,
    );
    const { data, errors, count } = await compared(portfolioOf("failing", ATTRIBUTION));
    await service.sql(
      "drop policy fails on cost_results; alter table cost_results disable row level security",
    );
    expect(count).toBe(3);
    const path = ["comparePortfolios", "pairs", "nodes", 2, "comparison", "attribution"];
    expect(errors).toMatchObject([{ path, extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
    const { nodes } = data.comparePortfolios.pairs;
    expect(nodes.map(({ comparison }: { comparison: object | null }) => comparison === null)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("More resources than a request can compare", () => {
  const refusal = (message: RegExp) => ({
    message: expect.stringMatching(message),
    extensions: { code: "QUERY_TOO_COMPLEX" },
  });

  it("are refused before they are read", async () => {
    const jobs = await storeLarge("refused", 20_000, 12);
    const { errors, count } = await compared(comparisonsWith(jobs, ATTRIBUTION));
    expect(count).toBe(0);
    expect(errors).toMatchObject([
      {
        path: ["c0", "attribution"],
        ...refusal(/at most 400000 with attribution, and 2000000 without it\. Request fewer pairs, or leave/),
      },
    ]);
    const largest = await storeLarge("refused largest", 100_000, 12);
    const plain = await compared(comparisonsWith(largest, SUMMARY));
    expect([plain.count, plain.errors]).toEqual([0, [expect.objectContaining(refusal(/Request fewer/))]]);
  });

  it("are refused for the attribution, and not for the summary", async () => {
    await storeLarge("parts", 20_000, 11);
    const whole = await compared(portfolioOf("parts", `${SUMMARY} ${ATTRIBUTION}`));
    expect(whole.errors).toHaveLength(11);
    expect(new Set(whole.errors?.map(({ path }) => path?.at(-1)))).toEqual(new Set(["attribution"]));
    expect(whole.data.comparePortfolios.pairs.nodes).toHaveLength(11);
    const { errors, count } = await compared(portfolioOf("parts", SUMMARY));
    expect([errors, count]).toEqual([undefined, 3]);
  });

  it("are refused by REST with the same message", async () => {
    await storeLarge("rest", 20_000, 11);
    const search = "project_prefix=rest/&base_as_of=2100-01-01T00:00:00Z&attribution=true";
    const response = await fetch(`${service.url}/api/v1/compare/portfolios?${search}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "QUERY_TOO_COMPLEX",
      detail: expect.stringMatching(/Request fewer pairs/),
    });
  });
});
