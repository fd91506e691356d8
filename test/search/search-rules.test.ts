import { beforeAll, describe, expect, it } from "vitest";
import { COMMON, NEWEST_JOBS } from "../../src/search/jobs.sql.ts";
import { MATCHES, SEARCHED_RESOURCES } from "../../src/search/resources.sql.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { storeForPlans } from "../support/plans.ts";
import { startService, type TestService } from "../support/service.ts";
import { sqlOf } from "../support/statements.ts";

/** SQL that stores jobs with a branch and a title of their own. @param day the day of January. */
function insert(day: number, count: number, branch: string, title: string): string {
  return `insert into jobs (id, created_at, project, branch, pull_request_title, currency, schema_version,
      total_monthly_cost, resource_count, unpriced_resource_count, labels, warnings, shard_key)
    select gen_random_uuid(), timestamptz '2026-01-01' + (${day - 1} * 86400 + n) * interval '1 second', 'shop',
      '${branch}' || n, '${title}', 'USD', '1', 1, 0, 0, '{}', '[]', 0
    from generate_series(1, ${count}) as n`;
}

async function branches(service: TestService, text: string, first = 20): Promise<string[]> {
  const { data, errors } = await service.query(
    "query ($text: String!, $first: Int) { search(text: $text, first: $first) { ... on Job { branch } } }",
    { text, first },
  );
  expect(errors).toBeUndefined();
  return data.search.map(({ branch }: { branch: string }) => branch);
}

describe("A text", () => {
  const service = startService();
  beforeAll(async () => {
    await pastTriggers(
      service,
      [
        insert(1, 1, "old", "A rare deployment, and a common one"),
        insert(1, 1, "rare", "x"),
        insert(1, 1, "common", "x"),
        insert(2, NEWEST_JOBS - COMMON - (COMMON - 1), "new", "x"),
        insert(3, COMMON - 1, "a", "is rare"),
        insert(4, COMMON, "b", "is common"),
      ].join("; "),
    );
  });

  it("that is rare among the newest jobs is found in all jobs", async () => {
    const found = await branches(service, "rare", 100);
    expect(found).toHaveLength(COMMON + 1);
    expect([found[0], found[1], found.at(-1)]).toEqual(["rare1", "a19", "old1"]);
  });

  it("that is common among the newest jobs is found in older jobs by its beginning only", async () => {
    const found = await branches(service, "common", 100);
    expect(found).toHaveLength(COMMON + 1);
    expect([found[0], found[1], found.at(-1)]).toEqual(["common1", "b20", "b1"]);
  });

  it("of letters that are no trigram is found in older jobs by its beginning only", async () => {
    expect(await branches(service, "ol")).toEqual(["old1"]);
    expect(await branches(service, "ld")).toEqual([]);
  });

  it("that is found by its beginning in enough series is not searched in any place of older jobs", async () => {
    expect(await branches(service, "rar", 1)).toEqual(["rare1"]);
  });
});

describe("Resources", () => {
  const service = startService();
  const addresses = async (text: string, first = 3) => {
    const query = `{ search(text: "${text}", first: ${first}) { ... on CostResult { resourceId } } }`;
    return (await service.query(query)).data.search.map(
      ({ resourceId }: { resourceId: string }) => resourceId,
    );
  };
  const storeResource = (project: string, resourceId: string) =>
    store(service, {
      project,
      branch: "main",
      estimate: estimate({ byResource: [resource({ resourceId })] }),
    });

  it("that begin with a common text are found behind those that do not", async () => {
    await storeResource("oldest", "web.1");
    const job = await storeResource("newest", "module.web[0]");
    await pastTriggers(
      service,
      `insert into cost_results select (jsonb_populate_record(part, jsonb_build_object('cost_rank', n, 'resource_id', 'module.web[' || n || ']'))).*
       from cost_results as part, generate_series(1, ${MATCHES}) as n where job_id = '${job}'`,
    );
    expect(await addresses("web")).toEqual(["web.1", "module.web[0]", "module.web[1]"]);
    expect(await addresses("web", 1)).toEqual(["web.1"]);
  });

  it("are those of the newest current jobs, up to a number of resources", async () => {
    await storeResource("shop", "bucket.old");
    const job = await storeResource("blog", "bucket.large");
    await storeResource("api", "bucket.new");
    expect(await addresses("bucket")).toEqual(["bucket.new", "bucket.large", "bucket.old"]);
    await pastTriggers(
      service,
      `update jobs set resource_count = ${SEARCHED_RESOURCES - 1} where id = '${job}'`,
    );
    expect(await addresses("bucket")).toEqual(["bucket.new", "bucket.large"]);
  });
});

describe("The statements of a search", () => {
  const service = startService();
  beforeAll(() => storeForPlans(service));

  it.each([
    ["search.projects", ["idx_jobs_project_prefix"]],
    ["search.jobs", ["idx_jobs_effective", "idx_jobs_search_prefix", "idx_jobs_search", "jobs_pkey"]],
    ["search.resources", ["idx_jobs_current", "idx_cost_results_job"]],
  ])("%s reads jobs by indexes only", async (name, indexes) => {
    const statements = await sqlOf(() => service.query('{ search(text: "main") { __typename } }'));
    const statement = statements.find((text) => text.includes(`/* ${name} */`));
    await service.sql("begin; set local enable_seqscan = off");
    const rows = await service.sql(`explain (generic_plan) ${statement}`);
    await service.sql("rollback");
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    for (const index of indexes) expect(plan).toMatch(new RegExp(`(using|on) ${index}\\b`));
    expect(plan).not.toContain("Seq Scan on jobs");
  });

  it("are run again for each request, as their results can change", async () => {
    const ask = async () => {
      const url = new URLSearchParams({
        query: '{ search(text: "stored later") { ... on Job { branch } } }',
      });
      const response = await fetch(`${service.url}/graphql?${url}`);
      expect(response.headers.get("cache-control") ?? "").not.toMatch(/immutable|max-age=[1-9]/);
      return ((await response.json()) as { data: { search: object[] } }).data.search;
    };
    expect([await ask(), await ask()]).toEqual([[], []]);
    await store(service, { project: "shop", branch: "stored later" });
    expect(await ask()).toEqual([{ branch: "stored later" }]);
  });
});
