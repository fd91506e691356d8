import { readFile } from "node:fs/promises";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { FIRST_QUERY } from "../../../src/server/graphql/first-query.ts";
import { startService } from "../../support/service.ts";
import { statementsOf } from "../../support/statements.ts";

const service = startService();
const strict = startService({
  QUERY_DEPTH_LIMIT: "3",
  QUERY_ALIAS_LIMIT: "2",
  QUERY_DIRECTIVE_LIMIT: "2",
  QUERY_TOKEN_LIMIT: "100",
});
const wide = startService({ QUERY_TOKEN_LIMIT: "100000", QUERY_DEPTH_LIMIT: "200" });
const cheap = startService({ QUERY_COST_LIMIT: "1000" });
const moderate = startService({ QUERY_COST_LIMIT: "20000" });

/** The code of the only error, or "" without errors. */
async function refusalOf(query: string, variables?: object, of = strict): Promise<string> {
  const { errors = [] } = await of.query(query, variables);
  expect(errors.length).toBeLessThan(2);
  return errors[0]?.extensions.code ?? "";
}

const JOB = crypto.randomUUID();
const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");
const compare = (count: number, fields: string) =>
  times(count, (i) => `c${i}: compareJobs(baseJobId: "${JOB}", targetJobId: "${JOB}") { ${fields} }`);

describe("A query", () => {
  it.each([
    ["three levels", `{ job(id: "${JOB}") { previous { id } } }`, ""],
    ["four levels", `{ job(id: "${JOB}") { previous { previous { id } } } }`, "QUERY_TOO_COMPLEX"],
    [
      "four levels in fragments",
      `{ job(id: "${JOB}") { ...a } } fragment a on Job { previous { ...b } } fragment b on Job { previous { id } }`,
      "QUERY_TOO_COMPLEX",
    ],
    ["two aliases", "{ a: __typename b: __typename }", ""],
    ["three aliases", "{ a: __typename b: __typename c: __typename }", "QUERY_TOO_COMPLEX"],
    ["two directives", "{ __typename @skip(if: false) @include(if: true) }", ""],
    [
      "three directives",
      "{ __typename @skip(if: true) ... @skip(if: true) { __typename @skip(if: true) } }",
      "QUERY_TOO_COMPLEX",
    ],
    ["98 tokens", `{ ${"__typename ".repeat(96)} }`, ""],
    ["101 tokens", `{ ${"__typename ".repeat(99)} }`, "QUERY_TOO_COMPLEX"],
  ])("of %s is answered %o", async (_what, query, code) => {
    expect(await refusalOf(query)).toBe(code);
  });

  it("receives its cost, the limit and advice", async () => {
    const { errors } = await strict.query(`{ job(id: "${JOB}") { previous { previous { id } } } }`);
    expect(errors?.[0]?.extensions).toEqual({ code: "QUERY_TOO_COMPLEX", count: 4, limit: 3 });
    expect(errors?.[0]?.message).toMatch(/more levels than the limit of 3: .* split the query/);
  });

  it("that expands to very many fields is rejected before further validation", async () => {
    const fragments = Array.from(
      { length: 20 },
      (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`,
    );
    const query = `{ ...f0 } ${fragments.join(" ")} fragment f20 on Query { __typename }`;
    expect(await refusalOf(query, {}, service)).toBe("QUERY_TOO_COMPLEX");
  });

  it("whose operations together write out to very many fields is refused", async () => {
    const fields = Array.from({ length: 500 }, (_, i) => `a${i}`).join(" ");
    const operations = Array.from({ length: 11 }, (_, i) => `query q${i} { ...f }`).join(" ");
    const query = `${operations} fragment f on Query { ${fields} }`;
    expect(await refusalOf(query, {}, service)).toBe("QUERY_TOO_COMPLEX");
  });

  it("that repeats a field very often is rejected", async () => {
    expect(await refusalOf(`{ jobs { nodes { ${"id ".repeat(4_000)} } } }`, {}, service)).toBe(
      "QUERY_TOO_COMPLEX",
    );
  });

  it("for a subscription is a client error", async () => {
    expect(await refusalOf("subscription { __typename }")).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

describe("The parts of a query are limited, as written and with fragments expanded:", () => {
  it.each<[string, string, string]>([
    ["20 operations", times(20, (n) => `query q${n} { __typename }`), "OPERATION_RESOLUTION_FAILURE"],
    ["21 operations", times(21, (n) => `query q${n} { __typename }`), "QUERY_TOO_COMPLEX"],
    ["1,000 operations", times(1_000, (n) => `query q${n} { __typename }`), "QUERY_TOO_COMPLEX"],
    ["1,000 operations of one name", times(1_000, () => "query q { __typename }"), "QUERY_TOO_COMPLEX"],
    [
      "100 fragments",
      `{ ${times(100, (n) => `...f${n}`)} } ${times(100, (n) => `fragment f${n} on Query { __typename }`)}`,
      "",
    ],
    [
      "101 fragments",
      `{ ${times(101, (n) => `...f${n}`)} } ${times(101, (n) => `fragment f${n} on Query { __typename }`)}`,
      "QUERY_TOO_COMPLEX",
    ],
    ["200 copies of a field", `{ ${"__typename ".repeat(200)} }`, ""],
    ["500 copies of a field", `{ ${"__typename ".repeat(500)} }`, "QUERY_TOO_COMPLEX"],
    ["500 copies in inline fragments", `{ ${"... { __typename } ".repeat(500)} }`, "QUERY_TOO_COMPLEX"],
    ["500 copies of an alias", `{ ${"a: __typename ".repeat(500)} }`, "QUERY_TOO_COMPLEX"],
    [
      "500 copies by spreads",
      `{ ${"...f ".repeat(500)} } fragment f on Query { __typename }`,
      "QUERY_TOO_COMPLEX",
    ],
    [
      "20 copies with 20 copies in each",
      `{ ${`jobs { ${"totalCount ".repeat(20)} } `.repeat(20)} }`,
      "QUERY_TOO_COMPLEX",
    ],
    ["5 directives on one field", `{ __typename ${"@a".repeat(5)} }`, "QUERY_TOO_COMPLEX"],
    [
      "5 known directives on one field",
      `{ __typename ${"@skip(if: false)".repeat(5)} }`,
      "QUERY_TOO_COMPLEX",
    ],
    ["5 directives on an operation", `query ${"@a".repeat(5)} { __typename }`, "QUERY_TOO_COMPLEX"],
    [
      "5 directives on a variable",
      `query ($a: Int ${"@a".repeat(5)}) { jobs(first: $a) { totalCount } }`,
      "QUERY_TOO_COMPLEX",
    ],
    [
      "51 directives in 51 places",
      `{ ${times(51, () => "... @include(if: true) { __typename }")} }`,
      "QUERY_TOO_COMPLEX",
    ],
    ["101 variables", `query (${times(101, (n) => `$v${n}: Int`)}) { __typename }`, "QUERY_TOO_COMPLEX"],
    ["501 arguments", `{ jobs(${times(501, (n) => `a${n}: 1`)}) { totalCount } }`, "QUERY_TOO_COMPLEX"],
    ["501 copies of an argument", `{ jobs(${"first: 1 ".repeat(501)}) { totalCount } }`, "QUERY_TOO_COMPLEX"],
    ["a name of 201 characters", `query ${"q".repeat(201)} { __typename }`, "QUERY_TOO_COMPLEX"],
    ["an unknown field of 200 KB", `{ ${"q".repeat(200_000)} }`, "QUERY_TOO_COMPLEX"],
    ["1,001 comments", `{ __typename } ${"#\n".repeat(1_001)}`, "QUERY_TOO_COMPLEX"],
  ])("%s", async (_what, query, code) => {
    expect(await refusalOf(query, {}, service)).toBe(code);
  });

  it.each<[string, string]>([
    ["fields", `{ job(id: "${JOB}") { ${"previous { ".repeat(1_500)} id ${"}".repeat(1_500)} } }`],
    ["unknown fields", `{ ${"a { ".repeat(1_500)} a ${"}".repeat(1_500)} }`],
    ["inline fragments", `{ ${"... { ".repeat(1_500)} __typename ${"}".repeat(1_500)} }`],
    ["lists", `{ jobs(first: ${"[".repeat(2_000)}1${"]".repeat(2_000)}) { totalCount } }`],
    ["objects", `{ jobs(filter: ${"{a:".repeat(1_500)}1${"}".repeat(1_500)}) { totalCount } }`],
    ["types", `query ($a: ${"[".repeat(2_000)}Int${"]".repeat(2_000)}) { jobs(first: $a) { totalCount } }`],
    [
      "fragments",
      `{ ...f0 } ${times(95, (n) => `fragment f${n} on Query { ${"... { ".repeat(80)} ...f${n + 1} ${"}".repeat(80)} }`)} fragment f95 on Query { __typename }`,
    ],
    [
      "lists in two fields that are compared",
      times(2, (n) => `${"{a:".repeat(1_600)}${n}${"}".repeat(1_600)}`)
        .split(" ")
        .reduce((query, value) => `${query} x: jobs(filter: ${value}) { totalCount }`, "{")
        .concat(" }"),
    ],
  ])("nested %s are rejected, also where QUERY_TOKEN_LIMIT permits them", async (_what, query) => {
    // The stack of the parser may overflow before its code is optimized.
    expect(await refusalOf(query, {}, wide)).toMatch(/^(QUERY_TOO_COMPLEX|BAD_USER_INPUT)$/);
  });

  it("fragments that contain themselves are refused by their own rule", async () => {
    expect(
      await refusalOf(
        "{ jobs { ...a } } fragment a on JobConnection { ...b } fragment b on JobConnection { ...a totalCount }",
        {},
        service,
      ),
    ).toBe("GRAPHQL_VALIDATION_FAILED");
  });
});

describe("The errors of an answer are limited:", () => {
  const sizeOf = (answer: unknown) => JSON.stringify(answer).length;

  it("the first 10 mistakes in a query, and a sentence that there are more", async () => {
    const { errors } = await service.query(`{ ${times(60, (n) => `unknown${n}`)} }`);
    expect(errors).toHaveLength(11);
  });

  it.each<[string, string, object?]>([
    ["a text that is no query", "q".repeat(200_000)],
    ["a string that does not end", `{ a(b: "${"q".repeat(200_000)}`],
    ["a value of the wrong type", `{ jobs(first: "${"q".repeat(200_000)}") { totalCount } }`],
    ["an enum value", `{ jobs(orderBy: ${"q".repeat(190)}) { totalCount } }`],
    [
      "a type of many lists",
      `query ($a: ${"[".repeat(490)}Int${"]".repeat(490)}) { jobs(first: $a) { totalCount } }`,
    ],
    ["a variable", "query ($a: Int) { jobs(first: $a) { totalCount } }", { a: "q".repeat(200_000) }],
    [
      "a field of a variable",
      "query ($f: JobFilter) { jobs(filter: $f) { totalCount } }",
      { f: { ["q".repeat(200_000)]: 1 } },
    ],
    [
      "a path in a variable",
      "mutation ($i: StoreEstimateInput!) { storeEstimate(input: $i) { created } }",
      { i: { labels: { ["q".repeat(200_000)]: "\0" }, estimate: { totalMonthlyCost: "1", byResource: [] } } },
    ],
    ["a time zone", `{ costTrend(timeZone: "${"q".repeat(200_000)}") { series { key } } }`],
    [
      "fields that conflict",
      `{ ${times(50, () => "jobs(first: 1) { totalCount } jobs(first: 2) { totalCount }")} }`,
    ],
  ])("%s is not quoted in full", async (_what, query, variables) => {
    const answer = await service.query(query, variables);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(answer.errors?.[0]?.extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
    expect(sizeOf(answer)).toBeLessThan(16_000);
  });

  it("an operation that the document does not have", async () => {
    const operationName = "q".repeat(200_000);
    const answer = await service.post(JSON.stringify({ query: "query A { __typename }", operationName }));
    expect(sizeOf(answer)).toBeLessThan(16_000);
  });
});

describe("Queries of common clients are answered:", () => {
  it.each<[string, string]>([
    [
      "a dashboard with 40 aliases",
      `{ ${times(40, (n) => `p${n}: jobs(first: 1, filter: { project: "p${n}" }) { nodes { id project totalMonthlyCost } }`)} }`,
    ],
    [
      "Relay's fragments, each with __typename and id",
      `query Page { jobs(first: 5) { edges { cursor node { ${times(40, (n) => `...Part${n}`)} __typename id } } pageInfo { endCursor hasNextPage } } }
       ${times(40, (n) => `fragment Part${n} on Job { __typename id project branch }`)}`,
    ],
    [
      "an editor with ten operations",
      times(10, (n) => `query Tab${n} { jobs(first: ${n + 1}) { nodes { id } } }`),
    ],
  ])("%s", async (_what, query) => {
    const { errors } = await service.post(
      JSON.stringify({ query, operationName: /query (\w+)/.exec(query)?.[1] }),
    );
    expect(errors).toBeUndefined();
  });
});

describe("The cost of a query", () => {
  it.each([
    ["{ jobs(first: 100) { nodes { id project branch } } }", ""],
    ["{ jobs(first: 100) { nodes { id project branch } edges { cursor } } }", ""],
    ["{ jobs(first: 100) { nodes { resources(first: 10) { nodes { id } } } } }", "QUERY_TOO_COMPLEX"],
    ["{ jobs(last: 100) { nodes { services { service } } } }", "QUERY_TOO_COMPLEX"],
    ["{ costTrend { series { key } } }", "QUERY_TOO_COMPLEX"],
  ])("counts the values of pages: %s", async (query, code) => {
    expect(await refusalOf(query, {}, cheap)).toBe(code);
  });

  it("counts what a variable asks for, also when the query has been asked before", async () => {
    const query = "query ($n: Int = 1) { jobs(first: $n) { nodes { services { service } } } }";
    const answers = [];
    for (const variables of [{}, { n: 10 }, { n: 100 }, { n: null }, { n: 10 }]) {
      answers.push(await refusalOf(query, variables, cheap));
    }
    expect(answers).toEqual(["", "", "QUERY_TOO_COMPLEX", "", ""]);
  });

  it("leaves a page that is too large to the field, which names its own limit", async () => {
    expect(await refusalOf("{ jobs(first: 5000) { nodes { id } } }", {}, cheap)).toBe("BAD_USER_INPUT");
  });

  it("is told with the limit, and the database is not asked", async () => {
    let answer: Awaited<ReturnType<typeof service.query>> | undefined;
    const statements = await statementsOf(async () => {
      answer = await service.query(`{ ${times(31, (i) => `t${i}: costTrend { series { key } }`)} }`);
    });
    expect(statements).toEqual([]);
    expect(answer?.errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", limit: 100_000 });
    expect(answer?.errors?.[0]?.extensions.cost).toBeGreaterThan(300_000);
  });

  it.each([
    [
      compare(50, "resources(first: 900) { nodes { resourceId } }"),
      "90000 of it are for compareJobs.resources.nodes, which the query requests 50 times: request it at most 36 times in one query, or request smaller pages (first or last), or request fewer of its fields, or split the query.",
    ],
    [
      "jobs(first: 100) { nodes { id ...r } } fragment r on Job { resources(first: 1000) { nodes { id } } }",
      "200100 of it are for jobs.nodes.resources: request smaller pages (first or last), or request fewer of its fields.",
    ],
    [
      times(31, (i) => `t${i}: costTrend(first: 1) { series { key } }`),
      "310093 of it are for costTrend, which the query requests 31 times: request it at most 9 times in one query, or request smaller pages (first or last), or leave it out.",
    ],
  ])("is explained by the most expensive field: %.40s", async (fields, advice) => {
    const { errors } = await service.query(
      fields.includes("fragment") ? `{ ${fields.replace(" fragment", "} fragment")}` : `{ ${fields} }`,
    );
    expect(errors?.[0]?.message).toContain(advice);
  });

  it.each([
    [
      31,
      "25372 of it are for compareJobs.summary and compareJobs.warnings, which the query requests 31 times: request it at most 20 times in one query, or leave it out.",
    ],
    [1, "10012 of it are for compareJobs.summary and compareJobs.warnings: leave it out."],
  ])("is explained by work that %i comparisons share", async (count, advice) => {
    const query = `{ ${compare(count, "summary { unattributed } warnings { code }")} }`;
    const { errors } = await (count > 1 ? moderate : cheap).query(query);
    expect(errors?.[0]?.message).toContain(advice);
  });

  it.each([
    ["the matching of resources once for all comparisons", 1, "summary { unattributed }", 10_003],
    ["that of further comparisons less, as their jobs are smaller", 40, "summary { unattributed }", 29_620],
    [
      "it once for the fields of a comparison that share it",
      1,
      "summary { unattributed } warnings { code } resources(first: 1) { totalCount }",
      10_115,
    ],
    ["each page", 1, times(10, (i) => `r${i}: resources(first: 1) { totalCount }`), 15_521],
  ])("counts %s", async (_what, count, fields, cost) => {
    const { errors } = await cheap.query(`{ ${compare(count, fields)} }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", cost });
  });

  it("is that of one store after the other in a mutation", async () => {
    const input = '{ estimate: { totalMonthlyCost: "1", byResource: [] } }';
    expect(
      await refusalOf(
        `mutation { a: storeEstimate(input: ${input}) { created } b: storeEstimate(input: ${input}) { created } }`,
        {},
        cheap,
      ),
    ).toBe("QUERY_TOO_COMPLEX");
  });
});

describe("The default limits", () => {
  const everything = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };

  it.each([
    ["GraphiQL's introspection", getIntrospectionQuery()],
    ["introspection of all there is", getIntrospectionQuery(everything)],
    ["the Sandbox's first query", FIRST_QUERY],
    [
      "a board of everything",
      `query Board($base: ID!) {
        newest: jobs(first: 20) { totalCount nodes { id createdAt project branch totalMonthlyCost
          change { delta percentageChange } services { service totalMonthlyCost resourceCount }
          regions { region totalMonthlyCost services { service totalMonthlyCost } } warnings { code message } } }
        day: costTrend(interval: DAY) { series { key currency delta points { start jobCount first last min max mean } } }
        service: costTrend(groupBy: SERVICE) { series { key points { start last } } }
        region: costTrend(groupBy: REGION) { series { key points { start last } } }
        topResources(first: 50) { resourceId totalMonthlyCost job { project } }
        costAnomalies { reason score job { project totalMonthlyCost } drivers { key delta } }
        job(id: $base) { resources(first: 500) { totalCount nodes { resourceId service region totalMonthlyCost tags } } }
      }`,
    ],
    [
      "a comparison page by page",
      `query ($base: ID!) { compareJobs(baseJobId: $base, targetJobId: $base) { delta percentageChange
        summary { added { resourceCount delta } removed { resourceCount delta } changed { resourceCount delta } }
        services { key change delta } regions { key change delta } warnings { code message }
        resources(first: 1000) { nodes { resourceId change delta base { totalMonthlyCost computeCost } target { totalMonthlyCost computeCost } } } } }`,
    ],
    [
      "50 comparisons with their reasons",
      `query ($base: ID!) { ${times(
        50,
        (i) => `c${i}: compareJobs(baseJobId: $base, targetJobId: $base) { ...comparison }`,
      )} }
      fragment comparison on JobComparison { delta percentageChange base { id } target { id project pullRequestUrl }
        summary { added { resourceCount delta } removed { resourceCount delta } changed { resourceCount delta } unattributed }
        attribution { price quantity added removed newlyPriced becameUnpriced other }
        warnings { code message }
        resources(first: 3) { totalCount nodes { resourceId change delta } } }`,
    ],
  ])("allow %s", async (_what, query) => {
    const variables = query.includes("$base") ? { base: JOB } : {};
    expect(await refusalOf(query, variables, service)).toMatch(/^(NOT_FOUND)?$/);
  });

  it("allow the README's query", async () => {
    const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
    const [, body = ""] = /-d '(\{"query":.*?)'/s.exec(readme) ?? [];
    expect(await service.post(body.replaceAll("\n", " "))).toMatchObject({ status: 200, data: {} });
  });
});
