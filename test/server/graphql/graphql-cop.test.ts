import { describe, expect, it } from "vitest";
import { type Answer, startService } from "../../support/service.ts";

/** The default configuration, and that of a public server. */
const service = startService();
const closed = startService({ INTROSPECTION: "off" });

/** Sends a GET as the scanner does: without a header that a page of another origin could not send. */
function get(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${service.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
}

/** Expects the only error of a query that is too large. */
function expectTooComplex({ data, errors }: Answer<unknown>): void {
  expect(data).toBeUndefined();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["QUERY_TOO_COMPLEX"]);
}

/** The checks of graphql-cop 1.x, with its own queries; each name is the finding that it would report. */
describe("A scan by graphql-cop finds no", () => {
  it("alias overloading: 101 aliases are rejected", async () => {
    const aliases = Array.from({ length: 101 }, (_, n) => `alias${n}:__typename`);
    expectTooComplex(await service.query(`query cop { ${aliases.join(" \n")} }`));
  });

  it("batch queries: a list of operations is rejected", async () => {
    const batch = Array.from({ length: 10 }, () => ({ query: "query cop { __typename }" }));
    const { status, errors } = await service.post(JSON.stringify(batch));
    expect([status, errors?.length]).toEqual([400, 1]);
  });

  it("directive overloading: 10 directives on one field are one error", async () => {
    expectTooComplex(await service.query(`query cop { __typename ${"@aa".repeat(10)} }`));
  });

  it("circular introspection: fields of types of fields are rejected", async () => {
    const query =
      "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }";
    const { data, errors } = await service.query(query);
    expect([data, errors?.length]).toEqual([undefined, 1]);
  });

  it("field duplication: 500 copies of a field are rejected", async () => {
    expectTooComplex(await service.query(`query cop { ${"__typename \n".repeat(500)} }`));
  });

  it("mutation by GET", async () => {
    expect(await get("mutation cop { __typename }")).toMatchObject({ status: 405 });
  });

  it("query by GET whose response a page of another origin can read", async () => {
    const { headers } = await get("query cop { __typename }", { origin: "https://evil.example" });
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  it("query by an URL-encoded POST", async () => {
    const body = new URLSearchParams({ query: "query cop { __typename }" });
    const response = await fetch(`${service.url}/graphql`, { method: "POST", body });
    expect([response.status, await response.text()]).toEqual([415, expect.not.stringContaining('"data"')]);
  });

  it("trace mode: a response has no extensions", async () => {
    expect(await service.query("query cop { __typename }")).toEqual({
      status: 200,
      data: { __typename: "Query" },
    });
  });

  it.each(["/", "/graphql", "/explorer", "/graphiql", "/playground", "/console"])(
    "GraphiQL at %s, with INTROSPECTION=off",
    async (path) => {
      const response = await fetch(closed.url + path, { headers: { accept: "text/html" } });
      const page = await response.text();
      expect(page).not.toMatch(/graphiql\.min\.css|GraphQL Playground|GraphQL Console|graphql-playground/i);
      expect(page).not.toMatch(/EmbeddedSandbox|id="explorer"/);
    },
  );

  it("unhandled error: an unknown keyword is a client error", async () => {
    const { errors } = await service.query("qwerty cop { abc }");
    expect(errors).toMatchObject([{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }]);
    expect(JSON.stringify(errors)).not.toMatch(/exception|stacktrace/i);
  });

  it("field suggestions, with INTROSPECTION=off", async () => {
    const { errors } = await closed.query("query cop { __schema { directive } jobz { id } }");
    expect(errors).not.toBeUndefined();
    expect(JSON.stringify(errors)).not.toContain("Did you mean");
  });

  it("introspection, with INTROSPECTION=off", async () => {
    const { data, errors } = await closed.query("query cop { __schema { types { name fields { name } } } }");
    expect([data, errors?.length]).toEqual([undefined, 1]);
  });
});
