import { setTimeout } from "node:timers/promises";
import { isObjectType } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { WRITABLE_FIELDS } from "../../src/jobs/job-fields.sql.ts";
import { createSchema } from "../../src/server/graphql/schema.ts";
import { createToken } from "../access/tokens.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import {
  type RandomQuery,
  type RandomSources,
  randomFrom,
  randomQuery,
} from "../support/random-selections.ts";
import { startService, type TestService } from "../support/service.ts";
import { observed } from "../support/statements.ts";

/** The number of random queries, and the seed of the first. */
const SELECTIONS = Number(process.env.RANDOM_SELECTIONS ?? 200);
const SEED = Number(process.env.RANDOM_SEED ?? 1);

/** The maximum number of root fields of a random query, each of which has one statement, and one for its count. */
const ROOT_FIELDS = 2;
const STATEMENTS: ReadonlySet<string> = new Set(["jobs.list", "jobs.byId", "jobs.count", "jobs.again"]);

/** All characters that JSON escapes, and some that it need not escape. */
const CHARACTERS = `"\\/\b\f\n\r\t\u0001\u001d\u001e\u001f\u007f\u0080\u2028\u2029é€😀, ": [{}]`;

/** Numbers, keys and nested values that PostgreSQL and JavaScript write differently. */
const JSON_VALUE = `{"b":1,"10":{"z":[],"y":{}},"9":[1.10,-0.0,1e2,12345678901234567890.5,1E-7],"${"k".repeat(70)}":null,"__proto__":{"a":true},"${JSON.stringify(CHARACTERS).slice(1, -1)}":"${JSON.stringify(CHARACTERS).slice(1, -1)}"}`;

let token: string;
let boundToken: string;
let sources: RandomSources;
let ids: string[];

const service = startService(
  { AUTH: "tokens", METRICS_PORT: "0" },
  {
    prepare: async (url) => {
      token = await createToken(url);
      boundToken = await createToken(url, { projects: ["mine"] });
    },
  },
);

/** The bytes of a response, and its status and type. */
async function send(text: string, variables: object, as = token): Promise<string> {
  const response = await fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${as}` },
    body: JSON.stringify({ query: text, variables }),
  });
  return `${response.status} ${response.headers.get("content-type")} ${await response.text()}`;
}

/** A field that PostgreSQL cannot write, after all others, and its part of the response. */
const BESIDE = " __schema { __typename }";
const BESIDE_JSON = /,?"__schema":\{"__typename":"__Schema"\}/;

const asTexts = ({ definitions, fields }: RandomQuery) => `${definitions} { ${fields} }`;
const asRows = ({ definitions, fields }: RandomQuery) => `${definitions} { ${fields}${BESIDE} }`;

async function executions(): Promise<{ postgresql: number; server: number }> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  const count = (json: string) =>
    Number(new RegExp(`^results_storage_executions_total\\{json="${json}"\\} (\\d+)$`, "m").exec(text)?.[1]);
  return { postgresql: count("postgresql"), server: count("server") };
}

/** Waits for the statements of other fields, which may still run after an error. */
async function otherFields(): Promise<void> {
  while ((await observed(() => setTimeout(30))).statements.length > 0);
}

async function storeJobs(): Promise<void> {
  const asOwner: Pick<TestService, "query"> = {
    query: async (query, variables) =>
      JSON.parse((await send(query, variables ?? {})).replace(/^\d+ \S+ \S+ /, "")),
  };
  const scores = [null, 0, 1, 0.5, 0.1 + 0.2, 0.0001, 0.00001, 0.000001, 1.5e-7, 5e-324, 1 / 3];
  for (const [i, confidenceScore] of scores.entries()) {
    const byResource = Array.from({ length: i * 3 }, (_, n) =>
      resource({
        resourceId: `${n}${CHARACTERS}`,
        resourceType: `type${CHARACTERS}`,
        service: n % 2 === 0 ? "S3" : `service ${n % 3}${CHARACTERS}`,
        region: `region ${n % 4}${CHARACTERS}`,
        totalMonthlyCost: n % 5 === 0 ? null : `${n}.10`,
        computeCost: n % 5 === 0 ? null : `${n}.10`,
        confidenceScore: scores[n % scores.length] ?? null,
        costDrivers: [JSON.parse(JSON_VALUE)],
        assumptions: n % 2 === 0 ? [] : JSON.parse(JSON_VALUE),
        tags: JSON.parse(JSON_VALUE),
      }),
    );
    const stored = await tryToStore(asOwner as TestService, {
      project: i % 3 === 0 ? null : i % 3 === 1 ? "mine" : `theirs${CHARACTERS}`,
      branch: i % 2 === 0 ? null : `branch${CHARACTERS}`,
      isDefaultBranch: i % 3 === 0 ? null : i % 3 === 1,
      ...(i % 2 === 0 && {
        commitSha: "c0ffee",
        commitUrl: "https://example.com/commit",
        commitMessage: `message${CHARACTERS.replace(/[\n\r]/g, "")}`,
        commitAuthor: `author${CHARACTERS}`,
        committedAt: "0099-01-01T00:00:00.120Z",
        pullRequestUrl: "https://example.com/pull/1",
        pullRequestTitle: `title${CHARACTERS}`,
        targetBranch: `target${CHARACTERS}`,
        runId: `run${CHARACTERS}`,
        runUrl: "https://example.com/run",
      }),
      labels: JSON.parse(JSON_VALUE),
      estimate: estimate({
        totalMonthlyCost: `${i}.990`,
        confidenceScore,
        byResource,
        profile: i % 2 === 0 ? null : "PROD",
        estimatedAt: i % 2 === 0 ? null : "0001-01-01T00:00:00.120Z",
        isComplete: i % 4 !== 0,
        unsupportedResourceCount: i % 2 === 0 ? null : i,
      }),
    });
    if (stored.errors) throw new Error(JSON.stringify(stored.errors));
  }
  await service.sql(`
    insert into job_exclusions (job_id, number, is_excluded, reason)
    select id, 1, true, 'wrong' from (select id from jobs order by id limit 4) as chosen`);
  // Values that the API does not store: years that JavaScript writes differently, and numbers of jsonb.
  await service.sql(`
    insert into jobs (id, created_at, estimated_at, project, currency, schema_version, total_monthly_cost,
      resource_count, unpriced_resource_count, labels, warnings)
    select gen_random_uuid(), least(at::timestamptz, now()), at::timestamptz, 'mine', 'USD', '1', 1, 0, 0,
      '{"b":1,"10":1.10,"9":1e30,"z":0.1e-20}', '[{"code":"A","message":"${"x".repeat(3)}"}]'
    from unnest(array['0044-03-15 12:00:00.5+00 BC', '0001-12-31 BC', '0001-01-01', '9999-12-31 23:59:59.999+00',
      '12345-06-07 08:09:10.011+00', '2026-01-01 00:00:00+00']) as at`);
}

/** A job without required values, which the API does not store. */
async function storeIncompleteJob(): Promise<string> {
  const [job] = await service.sql(`
    with job as (
      insert into jobs (id, project, currency, schema_version, total_monthly_cost, resource_count,
        unpriced_resource_count, labels, warnings)
      values (gen_random_uuid(), 'incomplete', 'USD', '1', 1, 0, 0, '{}', '[{"code":"A","message":"B"},{"code":"C"}]')
      returning id
    ), region as (
      insert into region_costs (job_id, region, total_monthly_cost, resource_count, unpriced_resource_count, services)
      select id, 'r', 1, 1, 0, '[{"service":"S3"}]' from job
    )
    select id from job`);
  return String(job?.id);
}

beforeAll(async () => {
  await storeJobs();
  ids = (await service.sql("select id from jobs order by created_at")).map(({ id }) => String(id));
  const stored = await service.sql(
    "select job_id as id from cost_results group by job_id order by count(*) desc limit 1",
  );
  const cursor = (rank: number) => Buffer.from(`["COST_DESC","${rank}"]`).toString("base64url");
  const jobCursor = (order: string) =>
    Buffer.from(`["${order}","2026-06-01T00:00:00.000Z","${ids[0]}"]`).toString("base64url");
  sources = {
    schema: await createSchema(),
    mayRequest: (type, field) =>
      type === "Query"
        ? field === "job" || field === "jobs"
        : (WRITABLE_FIELDS.get(type)?.has(field) ?? true),
    argumentsOf: {
      "Query.job": ["(id: $id)", "(id: $id)", `(id: "${String(stored[0]?.id)}")`, '(id: "none")'],
      "Query.jobs": [
        "",
        "(first: 3)",
        "(first: $n)",
        "(last: 2)",
        "(orderBy: TOTAL_MONTHLY_COST_ASC, first: 4)",
        "(orderBy: $order, first: $n)",
        "(orderBy: $order, filter: $jobs)",
        `(orderBy: EFFECTIVE_AT_DESC, after: "${jobCursor("EFFECTIVE_AT_DESC")}")`,
        `(orderBy: EFFECTIVE_AT_ASC, before: "${jobCursor("EFFECTIVE_AT_ASC")}", last: 3)`,
        '(filter: { project: "mine" })',
        "(filter: { isExcluded: $maybe })",
        "(filter: $jobs)",
        "(filter: $jobs, last: 4)",
        `(after: "${jobCursor("CREATED_AT_DESC")}")`,
        "(first: 1000)",
      ],
      "Job.resources": [
        "",
        "",
        "(first: 2)",
        "(first: $n)",
        "(last: 3)",
        "(last: $n)",
        `(after: "${cursor(1)}", first: 2)`,
        `(before: "${cursor(3)}", last: 2)`,
        `(before: "${cursor(3)}", after: $cursor)`,
        '(filter: { service: "S3" })',
        "(filter: $filter, first: 4)",
        "(filter: { search: $search })",
        "(filter: {})",
        "(after: $cursor)",
        "(first: 5000)",
        '(after: "none")',
      ],
    },
    variables: {
      yes: { type: "Boolean!", values: [true, false] },
      no: { type: "Boolean!", values: [false, true] },
      maybe: { type: "Boolean = true", values: [undefined, true, false] },
      id: {
        type: "ID!",
        values: [...ids, ids[0]?.toUpperCase(), "00000000-0000-0000-0000-000000000000", "x"],
      },
      n: { type: "Int", values: [undefined, null, 1, 5, 20, 0, 2_000] },
      cursor: { type: "String", values: [undefined, null, cursor(0), cursor(2), cursor(100), "x"] },
      search: { type: "String", values: [undefined, "1", '"', "\u0001", "\ud800"] },
      filter: {
        type: "ResourceFilter",
        values: [undefined, null, {}, { service: "S3" }, { minMonthlyCost: "3.10" }, { search: "\0" }],
      },
      jobs: {
        type: "JobFilter",
        values: [
          undefined,
          {},
          { project: "mine" },
          { project: "none" },
          { projects: ["mine", "none"] },
          { projectPrefix: "the" },
          { labels: [{ key: "b", value: "1" }, { key: "10" }] },
          { labels: Array.from({ length: 51 }, () => ({ key: "b" })) },
          { isComplete: false, isDefaultBranch: true },
          { isExcluded: true },
          { isExcluded: false },
          { effectiveFrom: "0001-01-01T00:00:00Z", effectiveBefore: "2026-01-02T00:00:00Z" },
          { commitSha: "c0ffee", pullRequestUrl: "https://example.com/pull/1" },
          { runId: `run${CHARACTERS}` },
          { runId: "\0" },
        ],
      },
      order: {
        type: "JobOrder",
        values: [undefined, null, "EFFECTIVE_AT_DESC", "EFFECTIVE_AT_ASC", "TOTAL_MONTHLY_COST_DESC"],
      },
    },
  };
});

describe("Jobs that PostgreSQL writes", () => {
  it(`have the bytes of jobs that the server writes, in ${SELECTIONS} random queries`, {
    timeout: 3_600_000,
  }, async () => {
    const before = await executions();
    for (let n = 0; n < SELECTIONS; n++) {
      const random = randomFrom(SEED + n);
      const query = randomQuery(random, sources);
      const as = random() < 0.3 ? boundToken : token;
      const message = `RANDOM_SEED=${SEED + n}\n${asTexts(query)}\n${JSON.stringify(query.variables)}`;
      const sendAsRows = async () =>
        (await send(asRows(query), query.variables, as)).replace(BESIDE_JSON, "");
      let rows = await sendAsRows();
      if (rows.includes('"errors"')) await otherFields();
      const { server } = await executions();
      const { answer: texts, statements } = await observed(() => send(asTexts(query), query.variables, as));
      // Which errors precede the one that makes the whole data null depends on the time of each statement.
      for (let again = 0; again < 20 && texts !== rows && texts.includes('"data":null'); again++)
        rows = await sendAsRows();
      expect(texts, message).toBe(rows);
      if (texts.includes('"errors"')) await otherFields();
      // A query with an invalid argument is executed twice, even if no row has the error.
      if ((await executions()).server === server) {
        const reads = statements.filter((name) => name.startsWith("jobs."));
        expect(
          reads.filter((name) => !STATEMENTS.has(name)),
          message,
        ).toEqual([]);
        const counts = asTexts(query).match(/totalCount/g)?.length ?? 0;
        expect(reads.length, message).toBeLessThanOrEqual(ROOT_FIELDS + counts);
        // From the cache, unless a statement counts.
        expect(await send(asTexts(query), query.variables, as), message).toBe(rows);
      }
    }
    const after = await executions();
    expect(after.postgresql - before.postgresql).toBeGreaterThan(SELECTIONS * 0.4);
    expect(after.server - before.server).toBeGreaterThanOrEqual(SELECTIONS * 0.6);
  });

  it.each([
    ["an invalid argument", "{ resources(first: 5000) { totalCount } }", {}, '"path":["job","resources"]'],
    ["an invalid cursor", '{ id resources(after: "x") { totalCount } }', {}, '"path":["job","resources"]'],
    [
      "an invalid condition",
      "{ id warnings { code @include(if: $maybe) } }",
      { maybe: null },
      '"path":["job","warnings",0]',
    ],
    ["a missing value", "{ id warnings { message } }", {}, '"path":["job","warnings",1,"message"]'],
    [
      "a missing value below",
      "{ regions { services { totalMonthlyCost } } }",
      {},
      '"path":["job","regions",0,"services",0,',
    ],
  ])("have an error with the path of its field for %s", async (_name, selection, variables, path) => {
    const id = await storeIncompleteJob();
    const maybe = "maybe" in variables ? "$maybe: Boolean = true, " : "";
    const query = (beside: string) => `query (${maybe}$id: ID!) { job(id: $id) ${selection}${beside} }`;
    const texts = await send(query(""), { id, ...variables });
    expect(texts).toContain(path);
    expect(texts).toBe((await send(query(BESIDE), { id, ...variables })).replace(BESIDE_JSON, ""));
  });

  it("have the fields of the GraphQL types, without other columns", () => {
    const types = sources.schema.getTypeMap();
    for (const [name, fields] of WRITABLE_FIELDS) {
      const type = types[name];
      expect(isObjectType(type) ? [...fields].filter((field) => !type.getFields()[field]) : name).toEqual([]);
    }
  });

  it("are all columns of jobs, and no field that can change", () => {
    const type = sources.schema.getTypeMap().Job;
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];
    const written = WRITABLE_FIELDS.get("Job");
    expect(fields.filter((field) => !written?.has(field)).toSorted()).toEqual([
      "baseline",
      "change",
      "exclusion",
      "integrity",
      "previous",
    ]);
  });

  it("have different texts under two aliases of one field", async () => {
    const query = "{ jobs(first: 2) { a: nodes { id } b: nodes { currency } edges { node { id } } } }";
    const { answer, statements } = await observed(() => send(query, {}));
    const { data } = JSON.parse(answer.replace(/^\d+ \S+ \S+ /, ""));
    expect(Object.keys(data.jobs.a[0])).toEqual(["id"]);
    expect(Object.keys(data.jobs.b[0])).toEqual(["currency"]);
    expect(statements).toEqual(["jobs.list"]);
  });

  // The last test, because the pool may refuse the next query while it replaces the terminated connection.
  it.each([
    ["PostgreSQL", ""],
    ["the server", BESIDE],
  ])("say when to retry if the database fails while %s writes them", async (_name, beside) => {
    const failed = service.sql(`
      begin;
      lock table jobs;
      select pg_sleep(0.5);
      select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%jobs.list%';
      commit`);
    await setTimeout(200);
    const response = await fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: `{ jobs(first: 99) { nodes { id } } ${beside} }` }),
    });
    await failed;
    expect(await response.json()).toMatchObject({
      errors: [{ path: ["jobs"], extensions: { code: "SERVICE_UNAVAILABLE" } }],
    });
    expect(response.headers.get("retry-after")).toBe("1");
  });
});
