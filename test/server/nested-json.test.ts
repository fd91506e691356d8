import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService();

const QUERY = "query ($v: Int) { jobs(first: $v) { nodes { id } } }";
const DEPTHS = [501, 2_000, 5_000, 100_000];

const lists = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** A string before the nesting, whose quotes and brackets do not count. */
const MISLEADING = JSON.stringify('"]]}\\"[{');

/** Bodies of /graphql with nested JSON in each possible place. */
const PLACES: [string, (nested: string) => string][] = [
  ["the body", (nested) => nested],
  ["variables", (nested) => `{"query":"${QUERY}","variables":{"v":${nested}}}`],
  ["variables that no operation has", (nested) => `{"query":"{ __typename }","variables":{"x":${nested}}}`],
  [
    "variables, behind a text with brackets",
    (nested) => `{"query":"${QUERY}","variables":{"t":${MISLEADING},"v":${nested}}}`,
  ],
  ["extensions", (nested) => `{"query":"{ __typename }","extensions":{"x":${nested}}}`],
  ["a persisted query", (nested) => `{"query":"{ __typename }","extensions":{"persistedQuery":${nested}}}`],
  ["the name of the operation", (nested) => `{"query":"{ __typename }","operationName":${nested}}`],
  ["the query", (nested) => `{"query":${nested}}`],
  ["a field that is not known", (nested) => `{"query":"{ __typename }","x":${nested}}`],
];

/** Bodies of POST /api/v1/store. */
const REST_PLACES: [string, (nested: string) => string][] = [
  ["the body", (nested) => nested],
  ["the estimate", (nested) => `{"estimate":${nested}}`],
  ["labels", (nested) => `{"labels":{"a":${nested}},"estimate":{"totalMonthlyCost":"1","byResource":[]}}`],
  ["a resource", (nested) => `{"estimate":{"totalMonthlyCost":"1","byResource":[{"tags":{"a":${nested}}}]}}`],
  [
    "a field that is not known",
    (nested) => `{"x":${nested},"estimate":{"totalMonthlyCost":"1","byResource":[]}}`,
  ],
];

describe.each(DEPTHS)("JSON of %i levels is rejected", (levels) => {
  it.each(PLACES)("in %s", async (_place, body) => {
    for (const nested of [lists(levels), objects(levels)]) {
      expect(await service.post(body(nested))).toMatchObject({
        status: expect.toSatisfy((status: number) => status === 400 || status === 413),
        errors: [{ extensions: { code: expect.stringMatching(/^(BAD_USER_INPUT|PAYLOAD_TOO_LARGE)$/) } }],
      });
    }
  });

  it.each(REST_PLACES)("in %s over REST", async (_place, body) => {
    for (const nested of [lists(levels), objects(levels)]) {
      const headers = { "content-type": "application/json" };
      const request = { method: "POST", headers, body: body(nested) };
      const response = await fetch(`${service.url}/api/v1/store`, request);
      expect([response.status, await response.json()]).toMatchObject([400, { code: "BAD_USER_INPUT" }]);
    }
  });
});

describe.each([501, 2_000, 3_000])("JSON of %i levels in a URL is rejected", (levels) => {
  it.each(["variables", "extensions"])("in %s", async (name) => {
    const search = new URLSearchParams({ query: "{ __typename }" }).toString();
    const url = `${service.url}/graphql?${search}&${name}={"a":${lists(levels)}}`;
    const response = await fetch(url, { headers: { "apollo-require-preflight": "1" } });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { errors: [{ message: expect.stringContaining(name), extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
  });
});

describe("JSON of up to 500 levels", () => {
  it.each(PLACES)("is never a server error, in %s", async (_place, body) => {
    for (const levels of [100, 400, 490]) {
      for (const nested of [lists(levels), objects(levels)]) {
        const { status, errors } = await service.post(body(nested));
        expect(status).toBeLessThan(500);
        expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain("INTERNAL_SERVER_ERROR");
      }
    }
  });

  it("is not counted in strings", async () => {
    const project = `${"[".repeat(1_000)}\\"${"{".repeat(1_000)}`;
    const query = "query ($p: String) { jobs(filter: { project: $p }) { nodes { id } } }";
    expect(await service.query(query, { p: project })).toEqual({
      status: 200,
      data: { jobs: { nodes: [] } },
    });
  });
});
