import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { randomJobs, storePlainJobs } from "../support/plain-jobs.ts";
import { startService } from "../support/service.ts";
import { observed } from "../support/statements.ts";
import { call, nextOf } from "./rest-client.ts";

const service = startService();

const EXACT = "1234567890123456789.123456789012345678901234567891";
/** Texts that a spreadsheet or a CSV reader could misread. */
const NASTY = '=team,"a"\nb';

let base: string;
let target: string;

beforeAll(async () => {
  await storePlainJobs(service, randomJobs(120, 5));
  const driver = (price: string) => [
    { name: "hours", unit: "hours", price, monthlyQuantity: "10", monthlyCost: `${price}0` },
  ];
  base = await store(service, {
    project: "exact",
    branch: "main",
    commitSha: "c0ffee",
    labels: { team: "platform" },
    estimate: estimate({
      totalMonthlyCost: EXACT,
      profile: "PROD",
      byResource: [
        resource({
          resourceId: "web",
          totalMonthlyCost: "10",
          computeCost: "10",
          costDrivers: driver("1"),
          tags: { team: NASTY },
        }),
        resource({ resourceId: "+gone", totalMonthlyCost: "2.50", tags: { team: "" } }),
        resource({ resourceId: "unknown", totalMonthlyCost: null, computeCost: "0", service: "S3" }),
      ],
    }),
  });
  target = await store(service, {
    project: "exact",
    branch: "next",
    isDefaultBranch: false,
    runId: "run-exact",
    targetBranch: "main",
    estimate: estimate({
      totalMonthlyCost: "30",
      profile: "PROD",
      byResource: [
        resource({ resourceId: "web", totalMonthlyCost: "30", computeCost: "30", costDrivers: driver("3") }),
        resource({ resourceId: NASTY, totalMonthlyCost: "-1.10" }),
        resource({ resourceId: "unknown", totalMonthlyCost: "1", computeCost: "1", service: "S3" }),
      ],
    }),
  });
  await store(service, {
    project: "exact",
    branch: "next",
    runId: "run-exact",
    estimate: estimate({ isComplete: false }),
  });
});

/** A value of GraphQL as REST has it: names in snake case, amounts as numbers, enums in small letters. */
function asRest(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => asRest(one, key));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        asRest(one, name),
      ]),
    );
  }
  if (key === "change" || key === "profile") return typeof value === "string" ? value.toLowerCase() : value;
  const isAmount = typeof value === "string" && !TEXTS.has(key) && /^-?\d+(\.\d+)?$/.test(value);
  return isAmount ? JSON.rawJSON(value) : value;
}
const TEXTS = new Set(["key", "project", "resourceId", "message"]);

/** JSON with sorted names. */
function sorted(text: string): string {
  const order = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(order);
    if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, order(v)]),
    );
  };
  const keep = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined ? JSON.rawJSON(context.source) : value;
  return JSON.stringify(order(JSON.parse(text, keep)));
}

async function graphql(query: string) {
  const { data, errors } = await service.query(query);
  expect(errors).toBeUndefined();
  return data;
}

const asText = (value: unknown) => sorted(JSON.stringify(asRest(value)));

async function csvOf(path: string): Promise<Record<string, string>[]> {
  const { status, type, text } = await call(service, path);
  expect([status, type]).toEqual([200, "text/csv; charset=utf-8"]);
  return parse(text, { columns: true, relax_column_count: false, record_delimiter: "\r\n" });
}

const AMOUNT = "key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount";
const PORTFOLIO = `asOf groups { ${AMOUNT} } warnings { code message }
  totals { currency totalMonthlyCost unattributed resourceCount unpricedResourceCount unsupportedResourceCount jobCount oldestJobAt }`;
const MOMENT = new Date(Date.now() + 3_600_000).toISOString();

describe("GET /portfolio", () => {
  it.each([
    ["", ""],
    ["&group_by=total", ", groupBy: TOTAL"],
    ["&group_by=resource_type&limit=1", ", groupBy: RESOURCE_TYPE, first: 1"],
    ["&group_by=tag&key=team", ', groupBy: TAG, key: "team"'],
    ["&group_by=branch&max_age_days=5", ", groupBy: BRANCH, maxAgeDays: 5"],
    [
      "&projects=shop&projects=exact&profile=prod&currency=USD&label=team%3Dplatform&is_complete=true",
      ', filter: { projects: ["shop", "exact"], profile: PROD, currency: "USD", labels: [{ key: "team", value: "platform" }], isComplete: true }',
    ],
    [
      "&project_prefix=e&label=team&min_total_monthly_cost=1&max_total_monthly_cost=9e19&effective_from=2025-01-01T00:00:00Z",
      ', filter: { projectPrefix: "e", labels: [{ key: "team" }], minTotalMonthlyCost: "1", maxTotalMonthlyCost: "9e19", effectiveFrom: "2025-01-01T00:00:00Z" }',
    ],
    ["&run_id=run-1", ', filter: { runId: "run-1" }'],
  ])("%s has the JSON of GraphQL", async (search, args) => {
    const { status, type, text } = await call(service, `/portfolio?as_of=${MOMENT}${search}`);
    expect([status, type]).toEqual([200, "application/json; charset=utf-8"]);
    const { portfolio } = await graphql(`{ portfolio(asOf: "${MOMENT}"${args}) { ${PORTFOLIO} } }`);
    expect(sorted(text)).toBe(asText(portfolio));
    expect(portfolio.groups.length).toBeGreaterThan(0);
  });

  it("has all digits of an amount", async () => {
    const { text } = await call(service, "/portfolio?project=exact");
    expect(text).toContain(`"total_monthly_cost":${EXACT},`);
  });

  it("is, as CSV, one row for each group, with keys that are safe in a spreadsheet", async () => {
    const path = `group_by=tag&key=team&project=exact&as_of=${MOMENT}`;
    const { json } = await call(service, `/portfolio?${path}`);
    const rows = await csvOf(`/portfolio.csv?${path}`);
    const common = { as_of: MOMENT, currency: "USD", group_by: "tag", is_other: "false", job_count: "1" };
    expect(rows).toEqual([
      {
        ...common,
        key: `'${NASTY}`,
        has_key: "true",
        total_monthly_cost: "10",
        resource_count: "1",
        unpriced_resource_count: "0",
      },
      {
        ...common,
        key: "",
        has_key: "true",
        total_monthly_cost: "2.50",
        resource_count: "1",
        unpriced_resource_count: "0",
      },
      {
        ...common,
        key: "",
        has_key: "false",
        total_monthly_cost: "0",
        resource_count: "1",
        unpriced_resource_count: "1",
      },
    ]);
    expect(json.groups.map(({ key }: { key: string }) => key)).toEqual([NASTY, "", null]);
  });

  it("reads one statement, and one for the warnings of JSON", async () => {
    expect((await observed(() => call(service, "/portfolio?group_by=tag&key=team"))).statements).toEqual([
      "portfolio.groups",
      "portfolio.warnings",
    ]);
    expect((await observed(() => call(service, "/portfolio.csv"))).statements).toEqual(["portfolio.groups"]);
  });
});

const TREND = `series { key isOther currency delta percentageChange
  points { start jobCount unpricedJobCount first last min max mean total unpricedResourceCount incompleteJobCount }
  totals { start total jobCount unpricedResourceCount incompleteJobCount } }`;
const RANGE = "effective_from=2025-03-02T00:00:00Z&effective_before=2025-03-09T00:00:00Z";
const RANGE_FILTER = 'effectiveFrom: "2025-03-02T00:00:00Z", effectiveBefore: "2025-03-09T00:00:00Z"';

describe("GET /trend", () => {
  it.each([
    ["", ""],
    ["&group_by=project&limit=2", ", groupBy: PROJECT, first: 2"],
    [
      "&interval=week&time_zone=Europe/Berlin&group_by=profile",
      ', interval: WEEK, timeZone: "Europe/Berlin", groupBy: PROFILE',
    ],
    ["&interval=hour&max_age_days=2", ", interval: HOUR, maxAgeDays: 2"],
  ])("%s has the JSON of GraphQL", async (search, args) => {
    const { status, text } = await call(service, `/trend?${RANGE}${search}`);
    expect(status).toBe(200);
    const { costTrend } = await graphql(`{ costTrend(filter: { ${RANGE_FILTER} }${args}) { ${TREND} } }`);
    expect(sorted(text)).toBe(asText(costTrend.series));
    expect(costTrend.series.length).toBeGreaterThan(0);
  });

  it("is, as CSV, one row for each interval of each series, with the totals and the points", async () => {
    const { json } = await call(service, `/trend?${RANGE}&group_by=project`);
    const rows = await csvOf(`/trend.csv?${RANGE}&group_by=project`);
    // biome-ignore lint/suspicious/noExplicitAny: the fields are those of the JSON above.
    const expected = json.flatMap((series: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      series.totals.map((total: any) => {
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const point = series.points.find(({ start }: any) => start === total.start);
        return [
          series.currency,
          series.key,
          total.start,
          Number(total.total),
          point?.job_count ?? 0,
          Number(point?.last ?? 0),
        ];
      }),
    );
    expect(
      rows.map((row) => [
        row.currency,
        row.key,
        row.start,
        Number(row.total),
        Number(row.interval_job_count),
        Number(row.interval_last),
      ]),
    ).toEqual(expected);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.some(({ total }) => total === "")).toBe(true);
  });

  it("reads two statements, however many series there are", async () => {
    const { statements } = await observed(() => call(service, `/trend?${RANGE}&group_by=project`));
    expect(statements).toHaveLength(2);
  });
});

const REASONS = "attribution { price quantity added removed newlyPriced becameUnpriced other }";

describe("GET /compare", () => {
  it("has the changes and the reasons of GraphQL", async () => {
    const { text, json } = await call(service, `/compare?job_id_1=${base}&job_id_2=${target}`);
    const kinds = ["added", "removed", "changed", "unchanged", "moved", "newlyPriced", "becameUnpriced"];
    const { compareJobs } = await graphql(`{ compareJobs(baseJobId: "${base}", targetJobId: "${target}") {
      delta percentageChange ${REASONS} warnings { code message }
      summary { unattributed ${kinds.map((kind) => `${kind} { resourceCount delta }`).join(" ")} }
      resources { nodes { resourceId previousResourceId change delta percentageChange base { totalMonthlyCost } target { totalMonthlyCost } } }
    } }`);
    const { resources, ...others } = compareJobs;
    const changes = resources.nodes.map(
      ({ base, target, ...change }: Record<string, { totalMonthlyCost: string } | null>) => ({
        ...change,
        baseMonthlyCost: base?.totalMonthlyCost ?? null,
        targetMonthlyCost: target?.totalMonthlyCost ?? null,
      }),
    );
    const { job_1: _, job_2: __, currency, ...rest } = JSON.parse(text);
    expect(currency).toBe("USD");
    expect(rest).toEqual(JSON.parse(asText({ ...others, changes })));
    expect(json.attribution).toMatchObject({ price: 20, newly_priced: 1 });
    expect(text).toContain(`"delta":-${EXACT.replace("1234567890123456789.", "1234567890123456759.")},`);
  });

  it("has pages of changes, and kinds", async () => {
    const seen: string[] = [];
    let path: string | undefined =
      `/compare?job_id_1=${base}&job_id_2=${target}&limit=1&changes=added&changes=removed&changes=changed`;
    while (path !== undefined) {
      const page = await call(service, path);
      seen.push(...page.json.changes.map(({ change }: { change: string }) => change));
      path = nextOf(page);
    }
    expect(seen).toEqual(["changed", "removed", "added"]);
  });

  it("reads the jobs, the changes and the exclusions, each in one statement", async () => {
    const { statements } = await observed(() =>
      call(service, `/compare?job_id_1=${base}&job_id_2=${target}`),
    );
    expect(statements.toSorted()).toEqual(["comparison.changes", "jobs.byId", "jobs.exclusions"]);
  });

  it("is, as CSV, one row for each change", async () => {
    const rows = await csvOf(`/compare.csv?job_id_1=${base}&job_id_2=${target}`);
    const common = { previous_resource_id: "", currency: "USD" };
    expect(rows).toEqual([
      {
        ...common,
        resource_id: "web",
        change: "changed",
        base_monthly_cost: "10",
        target_monthly_cost: "30",
        delta: "20",
        percentage_change: "200",
      },
      {
        ...common,
        resource_id: "'+gone",
        change: "removed",
        base_monthly_cost: "2.50",
        target_monthly_cost: "",
        delta: "-2.50",
        percentage_change: "-100",
      },
      {
        ...common,
        resource_id: `'${NASTY}`,
        change: "added",
        base_monthly_cost: "",
        target_monthly_cost: "-1.10",
        delta: "-1.10",
        percentage_change: "",
      },
      {
        ...common,
        resource_id: "unknown",
        change: "newly_priced",
        base_monthly_cost: "",
        target_monthly_cost: "1",
        delta: "",
        percentage_change: "",
      },
    ]);
  });

  it("has all changes in the CSV, which reads them in pages of 10,000", async () => {
    const many = async (cost: number) => {
      const id = await store(service);
      await pastTriggers(
        service,
        `insert into cost_results (job_id, cost_rank, position, resource_id, resource_type, service, region,
           total_monthly_cost, compute_cost, storage_cost, network_cost, other_cost, cost_drivers, assumptions, tags, shard_key)
         select job_id, n, n, 'web' || n, resource_type, service, region, ${cost} * n, 0, 0, 0, 0, '[]', '[]', '{}', shard_key
         from cost_results, generate_series(1, 10000) as n where job_id = '${id}'`,
      );
      return id;
    };
    const [one, other] = [await many(1), await many(2)];
    const { answer, statements } = await observed(() =>
      csvOf(`/compare.csv?job_id_1=${one}&job_id_2=${other}`),
    );
    expect(new Set(answer.map(({ resource_id: id }) => id)).size).toBe(10_001);
    expect(answer).toHaveLength(10_001);
    expect(statements).toEqual(["jobs.byId", "comparison.changes", "comparison.changes"]);
  });
});

const PAIR = "project profile currency change baseMonthlyCost targetMonthlyCost delta percentageChange";

/** The comparison of GraphQL in the form of REST. */
async function comparedPortfolios(sides: string, attribution = false) {
  const { comparePortfolios } = await graphql(`{ comparePortfolios(${sides}) {
    totals { currency baseMonthlyCost targetMonthlyCost delta percentageChange } warnings { code message }
    pairs { nodes { ${PAIR.replace("baseMonthlyCost targetMonthlyCost ", "")}
      base { id totalMonthlyCost } target { id totalMonthlyCost } ${attribution ? `comparison { ${REASONS} }` : ""} } }
  } }`);
  // biome-ignore lint/suspicious/noExplicitAny: the fields are those of the query above.
  const pairs = comparePortfolios.pairs.nodes.map(({ base, target, comparison, ...pair }: any) => ({
    ...pair,
    baseJobId: base?.id ?? null,
    targetJobId: target?.id ?? null,
    baseMonthlyCost: base?.totalMonthlyCost ?? null,
    targetMonthlyCost: target?.totalMonthlyCost ?? null,
    ...(attribution && { attribution: comparison?.attribution ?? null }),
  }));
  return asText({ ...comparePortfolios, pairs });
}

describe("GET /compare/portfolios", () => {
  it.each([
    ["run_id=run-1", 'target: { filter: { runId: "run-1" } }'],
    [
      "base_as_of=2025-03-04T00:00:00Z&as_of=2025-03-09T00:00:00Z",
      'base: { asOf: "2025-03-04T00:00:00Z" }, target: { asOf: "2025-03-09T00:00:00Z" }',
    ],
    [
      "branch=feature&base_is_default_branch=true&projects=shop&projects=blog&max_age_days=36500",
      'base: { filter: { isDefaultBranch: true, projects: ["shop", "blog"] }, maxAgeDays: 36500 }, target: { filter: { branch: "feature", projects: ["shop", "blog"] }, maxAgeDays: 36500 }',
    ],
    [
      "run_id=run-2&base_run_id=run-1",
      'base: { filter: { runId: "run-1" } }, target: { filter: { runId: "run-2" } }',
    ],
  ])("%s has the JSON of GraphQL", async (search, sides) => {
    const { status, text, json } = await call(service, `/compare/portfolios?${search}`);
    expect(status).toBe(200);
    expect(sorted(text)).toBe(await comparedPortfolios(sides));
    expect(json.pairs.length).toBeGreaterThan(0);
  });

  it("answers for a pull request, with the reasons of each delta", async () => {
    const { text, json } = await call(service, "/compare/portfolios?run_id=run-exact&attribution=true");
    expect(sorted(text)).toBe(await comparedPortfolios('target: { filter: { runId: "run-exact" } }', true));
    expect(json.pairs).toMatchObject([{ change: "changed", attribution: { price: 20 } }]);
    expect(json.warnings).toMatchObject([{ code: "INCOMPLETE_JOB" }]);
  });

  it("has pages of the pairs", async () => {
    const seen: string[] = [];
    let path: string | undefined = "/compare/portfolios?base_as_of=2025-03-04T00:00:00Z&limit=7";
    for (; path !== undefined; ) {
      const page = await call(service, path);
      seen.push(...page.json.pairs.map(({ target_job_id: id }: { target_job_id: string }) => id));
      path = nextOf(page);
    }
    const rows = await csvOf("/compare/portfolios.csv?base_as_of=2025-03-04T00:00:00Z");
    expect(rows.map(({ target_job_id: id }) => id || null)).toEqual(seen);
    expect(seen.length).toBeGreaterThan(14);
  });

  it("reads a fixed number of statements, also with reasons", async () => {
    const of = async (search: string) =>
      (await observed(() => call(service, `/compare/portfolios?${search}`))).statements;
    expect((await of("run_id=run-1")).toSorted()).toEqual(["portfolio.pairWarnings", "portfolio.pairs"]);
    expect(await of("run_id=run-1&attribution=true")).toHaveLength(4);
    expect(await of("base_as_of=2025-03-04T00:00:00Z&attribution=true&limit=50")).toHaveLength(4);
  });
});

describe("A report is refused, and names the parameter", () => {
  it.each([
    ["/portfolio?group_by=PROJECT", "group_by", "must be one of: total, project"],
    ["/portfolio?limit=101", "limit", "must be from 1 to 100"],
    ["/portfolio?max_age_days=0", "max_age_days", "must be from 1 to 36500"],
    ["/portfolio?as_of=yesterday", "as_of", "RFC 3339"],
    ["/portfolio?project=%00", "project", "NUL"],
    ["/portfolio?projects=a&projects=%00", "projects[1]", "NUL"],
    ["/portfolio?label=%00", "label[0].key", "NUL"],
    ["/portfolio?label=a&label=b%3D%00", "label[1].value", "NUL"],
    ["/portfolio?group_by=tag", "key", "is required with group_by=tag"],
    ["/portfolio.csv?group_by=label", "key", "is required with group_by=label"],
    [
      "/portfolio?key=a",
      "key",
      "must be left out with group_by=project; only group_by=tag and group_by=label",
    ],
    ["/portfolio?currency=usd", "currency", "ISO 4217"],
    ["/portfolio?min_total_monthly_cost=x", "min_total_monthly_cost", "decimal"],
    ["/portfolio?is_complete=yes", "is_complete", "true or false"],
    ["/portfolio?project=a&project=b", "project", "given once"],
    ["/portfolio.csv?groupBy=tag", "groupBy", "not a parameter"],
    ["/trend?interval=year", "interval", "must be one of: hour, day, week, month"],
    ["/trend?time_zone=%2B02:00", "time_zone", "IANA"],
    [
      "/trend?effective_from=1900-01-01T00:00:00Z",
      "effective_from",
      "choose a later effective_from, an earlier effective_before",
    ],
    ["/trend.csv?limit=0", "limit", "must be from 1 to 100"],
    ["/compare?job_id_1=x&job_id_2=x&changes=all", "changes", "must be of these: added"],
    ["/compare?job_id_1=x&job_id_2=x&detect_moves=1", "detect_moves", "true or false"],
    ["/compare/portfolios?base_branch=%00", "base_branch", "NUL"],
    ["/compare/portfolios?run_id=%00", "run_id", "NUL"],
    ["/compare/portfolios?attribution=true&limit=51", "limit", "must be from 1 to 50 with attribution=true"],
    ["/compare/portfolios?cursor=x", "cursor", "the Link header gives it"],
    ["/compare/portfolios.csv?max_age_days=99999", "max_age_days", "must be from 1 to 36500"],
    ["/resources.csv", "projects", "is missing: name 1 to 1000 projects"],
    ["/resources.json?projects=a&max_age_days=0", "max_age_days", "must be from 1 to 36500"],
    [`/resources.json?${"projects=a&".repeat(1_001)}`, "projects", "at most 1000"],
  ])("%s", async (url, path, rule) => {
    const { status, type, json } = await call(service, url);
    expect([status, type]).toEqual([400, "application/problem+json; charset=utf-8"]);
    expect(json.problems[0]).toEqual({ path, message: expect.stringContaining(rule) });
  });

  it("for a trend that is too large, in the words of REST", async () => {
    const { json } = await call(
      service,
      "/trend?interval=hour&group_by=project&effective_from=2025-03-01T00:00:00Z&effective_before=2025-12-01T00:00:00Z",
    );
    expect(json.problems).toEqual([
      {
        path: "trend",
        message: expect.stringMatching(
          /request fewer groups with limit, a longer interval or a later effective_from$/,
        ),
      },
    ]);
  });

  it("for jobs that do not exist", async () => {
    for (const path of ["/compare", "/compare.csv"]) {
      const { status, json } = await call(service, `${path}?job_id_1=${base}&job_id_2=x`);
      expect([status, json.detail]).toEqual([404, expect.stringMatching(/^job_id_2 must be the id/)]);
    }
  });
});

describe("The headers of a report", () => {
  it.each([
    "/portfolio",
    "/trend",
    "/portfolio.csv",
    "/compare/portfolios.csv",
    "/resources.focus.csv?projects=exact",
  ])("%s: HEAD has those of GET", async (path) => {
    const got = await call(service, path);
    const head = await call(service, path, { method: "HEAD" });
    expect([head.status, head.text, head.type]).toEqual([200, "", got.type]);
    expect(got.headers.get("etag")).toBeNull();
    for (const name of ["cache-control", "vary"]) {
      expect(got.headers.get(name)).not.toBeNull();
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    }
    const isFile = path.includes("csv");
    const disposition = got.headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(isFile ? /^attachment; filename="[a-z.]+\.csv"$/ : /^$/);
    expect(head.headers.get("content-disposition") ?? "").toBe(disposition);
  });
});
