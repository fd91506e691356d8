import { serverAudits } from "graphql-http";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService();
const shared = startService({ CORS_ORIGINS: "https://costs.example.com" });

/** Sends a GET of /graphql with these parameters and headers. */
function get(parameters: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${service.url}/graphql?${parameters}`, init);
}

describe("GraphQL over HTTP", () => {
  const audits = serverAudits({ url: () => `${service.url}/graphql`, fetchFn: fetch });

  it.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_name, audit) => {
    expect(await audit.fn()).toMatchObject({ status: "ok" });
  });
});

describe("A parameter of a GET", () => {
  it.each([
    "query={__typename}&operationName=&variables=&extensions=",
    "operationName=&variables=&query={__typename}",
    "operationName&variables&query={__typename}",
    "query={__typename}&variables=null&extensions=null",
    "query=query A { __typename }&operationName=",
    "query={__typename}&%6FperationName=&variables=%20",
  ])("is omitted when it is empty: %s", async (parameters) => {
    expect(await (await get(parameters)).json()).toEqual({ data: { __typename: "Query" } });
  });

  it.each([
    ["operationName", "query=query A { a: __typename } query B { b: __typename }&operationName=B"],
    [
      "variables",
      'query=query ($yes: Boolean!) { b: __typename @include(if: $yes) }&variables={"yes": true}',
    ],
  ])("is read when it is not empty: %s", async (_name, parameters) => {
    expect(await (await get(parameters)).json()).toEqual({ data: { b: "Query" } });
  });

  it.each(["variables=x", "variables=[]", "variables={}&variables={}", "operationName=nullable"])(
    "is rejected when it is invalid: %s",
    async (parameter) => {
      const answer = await get(`query={__typename}&${parameter}`);
      expect(await answer.json()).toMatchObject({ errors: [expect.anything()] });
    },
  );
});

describe("The media type of a response", () => {
  const JSON_TYPE = "application/json; charset=utf-8";
  const GRAPHQL_TYPE = "application/graphql-response+json; charset=utf-8";

  it.each([
    ["application/graphql-response+json", GRAPHQL_TYPE],
    ["Application/GraphQL-Response+JSON", GRAPHQL_TYPE],
    ["application/json;q=0, application/*", GRAPHQL_TYPE],
    ["application/json;q=0.5, application/graphql-response+json", GRAPHQL_TYPE],
    ["application/json", JSON_TYPE],
    ["APPLICATION/JSON", JSON_TYPE],
    ["application/graphql-response+json;q=0, application/json", JSON_TYPE],
    ["application/graphql-response+json;q=0.0, */*", JSON_TYPE],
    ["application/graphql-response+json;q=0.5, application/json", JSON_TYPE],
    ["*/*", JSON_TYPE],
  ])("and the status of a rejected query follow Accept: %s", async (accept, type) => {
    const answer = await get("query={nope}", { headers: { accept } });
    expect([answer.headers.get("content-type"), answer.status]).toEqual([
      type,
      type === GRAPHQL_TYPE ? 400 : 200,
    ]);
  });

  it.each(["text/plain", "application/json;q=0", "*/*;q=0"])(
    "is rejected when Accept excludes all supported types: %s",
    async (accept) => {
      expect((await get("query={__typename}", { headers: { accept } })).status).toBe(406);
    },
  );
});

describe("HEAD", () => {
  it.each(["query={__typename}", "query={nope}", "", "query=mutation { __typename }"])(
    "is answered like GET, without the body: %s",
    async (parameters) => {
      const [head, answer] = [await get(parameters, { method: "HEAD" }), await get(parameters)];
      expect(await head.text()).toBe("");
      const seen = ({ status, headers }: Response) => [
        status,
        headers.get("content-type"),
        headers.get("content-length"),
        headers.get("allow"),
        headers.get("vary"),
      ];
      expect(seen(head)).toEqual(seen(answer));
    },
  );

  it("is supported by the methods that OPTIONS lists", async () => {
    const { headers } = await get("", { method: "OPTIONS" });
    expect(headers.get("allow")).toBe("GET, POST, HEAD");
    const preflight = await fetch(`${shared.url}/graphql`, {
      method: "OPTIONS",
      headers: { origin: "https://costs.example.com", "access-control-request-method": "HEAD" },
    });
    expect(preflight.headers.get("access-control-allow-methods")).toMatch(/GET.*HEAD.*POST/);
  });
});
