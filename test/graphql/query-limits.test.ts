import { readFile } from "node:fs/promises";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { FIRST_QUERY } from "../../src/graphql/first-query.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();
const strict = startService({
  QUERY_DEPTH_LIMIT: "3",
  QUERY_ALIAS_LIMIT: "2",
  QUERY_DIRECTIVE_LIMIT: "2",
  QUERY_TOKEN_LIMIT: "100",
});
const cheap = startService({ QUERY_COST_LIMIT: "1000" });

/** The code of the one error, or "" when there is none. */
async function refusalOf(query: string, variables?: object, of = strict): Promise<string> {
  const { errors = [] } = await of.query(query, variables);
  expect(errors.length).toBeLessThan(2);
  return errors[0]?.extensions.code ?? "";
}

const JOB = crypto.randomUUID();
const compare = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `c${i}: compareJobs(baseJobId: "${JOB}", targetJobId: "${JOB}") { delta }`,
  );

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

  it("says by how much it is too large, and what to do", async () => {
    const { errors } = await strict.query(`{ job(id: "${JOB}") { previous { previous { id } } } }`);
    expect(errors?.[0]?.extensions).toEqual({ code: "QUERY_TOO_COMPLEX", count: 4, limit: 3 });
    expect(errors?.[0]?.message).toMatch(/more levels than the 3 .* split it/);
  });

  it("that writes out to very many fields is refused before it is checked any further", async () => {
    const fragments = Array.from(
      { length: 20 },
      (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`,
    );
    const query = `{ ...f0 } ${fragments.join(" ")} fragment f20 on Query { __typename }`;
    expect(await refusalOf(query, {}, service)).toBe("QUERY_TOO_COMPLEX");
  });

  it("that repeats a field very often is refused", async () => {
    expect(await refusalOf(`{ jobs { nodes { ${"id ".repeat(4_000)} } } }`, {}, service)).toBe(
      "QUERY_TOO_COMPLEX",
    );
  });

  it("for a subscription is a mistake of the client", async () => {
    expect(await refusalOf("subscription { __typename }")).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("by a hash that stands for it is not supported", async () => {
    const { errors } = await service.post('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}');
    expect(errors?.[0]?.extensions.code).toBe("PERSISTED_QUERY_NOT_SUPPORTED");
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
      answer = await service.query(`{ ${compare(30).join(" ")} }`);
    });
    expect(statements).toEqual([]);
    expect(answer?.errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", limit: 100_000 });
    expect(answer?.errors?.[0]?.extensions.cost).toBeGreaterThan(300_000);
    expect(answer?.errors?.[0]?.message).toContain("smaller pages");
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
  ])("allow %s", async (_what, query) => {
    const variables = query.includes("$base") ? { base: JOB } : {};
    expect(await refusalOf(query, variables, service)).toMatch(/^(NOT_FOUND)?$/);
  });

  it("allow the README's query", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const [, body = ""] = /-d '(\{"query":.*?)'/s.exec(readme) ?? [];
    expect(await service.post(body.replaceAll("\n", " "))).toMatchObject({ status: 200, data: {} });
  });
});
