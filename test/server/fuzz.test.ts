import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import { FIRST_QUERY } from "../../src/server/graphql/first-query.ts";
import { GOOD_INPUT } from "../support/bad-input.ts";
import { startService } from "../support/service.ts";

// Without NODE_ENV=production: the responses must not depend on it.
const service = startService({ BODY_LIMIT_MB: "1", TRUST_PROXY: "1" });

/** The number of inputs of each kind; the whole file takes a few seconds. */
const RUNS = { numRuns: 60 };

/** Implementation details: stack traces, SQL, files, the driver and the libraries. */
const INSIDE =
  /\bat \S+ \(|node:internal|node_modules|\.[jt]s:\d|\/src\/|\/home\/|select\s.+\sfrom\s|insert into|syntax error at or near|relation "|column "|pg_|kysely|mikro|fastify|FST_ERR|ECONN|TypeError|RangeError|ReferenceError/i;

/** Sends a request, and expects a success or an error that consists of a code and a message. */
async function expectClearAnswer(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(service.url + path, { redirect: "manual", ...init });
  const text = await response.text();
  expect(response.status, text).toBeLessThan(500);
  if (response.headers.get("content-type")?.startsWith("text/html")) return;
  if (response.status < 400 && !text.includes('"errors"')) return;
  expect(text).not.toMatch(INSIDE);
  if (init.method === "HEAD") return;
  const { errors, code, detail } = JSON.parse(text);
  const refusals = errors ?? [{ message: detail, extensions: { code } }];
  expect(refusals.length).toBeGreaterThan(0);
  for (const { message, extensions } of refusals) {
    expect(message).toMatch(/\S/);
    expect(extensions.code).toMatch(/^[A-Z_]+$/);
    expect(extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
    expect(Object.keys(extensions)).not.toContain("stacktrace");
  }
}

const post = (body: string, headers: Record<string, string> = {}) =>
  expectClearAnswer("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });

const STORE =
  "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id } } }";

const QUERIES = [
  FIRST_QUERY,
  getIntrospectionQuery(),
  "query ($id: ID!, $n: Int, $f: JobFilter) { job(id: $id) { resources(first: $n, after: $id) { nodes { id } } } jobs(filter: $f, first: $n) { totalCount } }",
  "query ($id: ID!) { compareJobs(baseJobId: $id, targetJobId: $id) { delta resources(changes: [ADDED]) { nodes { change } } } }",
  "query ($f: JobFilter, $z: String) { costTrend(filter: $f, timeZone: $z, interval: DAY) { series { key } } costAnomalies(filter: $f, window: 20) { reason } }",
  STORE,
  "subscription { __typename }",
  "query A { __typename } query B { __typename }",
];

const WORDS = [
  ...[
    '"',
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "$",
    "...",
    "@",
    "#",
    "!",
    "|",
    "&",
    '"""',
    "\\u0000",
    "\0",
    "\ud800",
  ],
  ...[
    "jobs",
    "job",
    "first",
    "-1",
    "1e400",
    "99999999999999999999",
    "null",
    "true",
    "on",
    "fragment",
    "query",
  ],
  ...["mutation", "subscription", "__schema", "__type", "@skip(if: true)", "storeEstimate", "edges", "nodes"],
];

/** A valid query with a part removed and other text inserted. */
const mangledQuery = fc
  .tuple(fc.constantFrom(...QUERIES), fc.nat(), fc.nat({ max: 20 }), fc.array(fc.constantFrom(...WORDS)))
  .map(([query, at, length, words]) => {
    const start = at % query.length;
    return query.slice(0, start) + words.join(" ") + query.slice(start + length);
  });

/** Values of variables: almost valid, and arbitrary. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    GOOD_INPUT,
    {},
    [],
    "",
    -1,
    1e308,
    crypto.randomUUID(),
    "Europe/Berlin",
    "\0",
    "2026-02-30",
  ),
  fc.record(
    {
      project: fc.anything(),
      createdFrom: fc.oneof(fc.date(), fc.string(), fc.integer()),
      minTotalMonthlyCost: fc.oneof(fc.string(), fc.double(), fc.bigInt().map(String)),
      profile: fc.string(),
      currency: fc.string(),
    },
    { requiredKeys: [] },
  ),
);

/** The object with one field replaced. */
function oneOff(good: object) {
  return fc
    .tuple(fc.constantFrom(...Object.keys(good)), value)
    .map(([name, other]) => ({ ...good, [name]: other }));
}

const text = (body: unknown) =>
  JSON.stringify(body, (_key, item) => (typeof item === "bigint" ? String(item) : item)) ?? "";

describe("Any input receives a clear response:", () => {
  it("mutated queries", async () => {
    await fc.assert(
      fc.asyncProperty(mangledQuery, (query) => post(text({ query }))),
      RUNS,
    );
  });

  it("arbitrary variables", async () => {
    const variables = fc.record(
      { id: value, n: value, f: value, z: value, input: value },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...QUERIES),
        variables,
        fc.option(fc.string()),
        (query, sent, operationName) => post(text({ query, variables: sent, operationName })),
      ),
      RUNS,
    );
  });

  it("estimates with an arbitrary value", async () => {
    const input = fc.tuple(oneOff(GOOD_INPUT), oneOff(GOOD_INPUT.estimate), fc.boolean());
    await fc.assert(
      fc.asyncProperty(input, ([sent, estimate, whole]) =>
        post(text({ query: STORE, variables: { input: whole ? sent : { ...GOOD_INPUT, estimate } } })),
      ),
      RUNS,
    );
  });

  it("arbitrary bodies", async () => {
    const extensions = fc.record({
      persistedQuery: fc.oneof(value, fc.record({ version: fc.constant(1), sha256Hash: value })),
    });
    const body = fc.oneof(
      fc.json(),
      fc.string({ unit: "binary" }),
      fc
        .record(
          { query: value, variables: value, operationName: value, extensions: fc.oneof(value, extensions) },
          { requiredKeys: [] },
        )
        .map(text),
    );
    await fc.assert(
      fc.asyncProperty(body, (sent) => post(sent)),
      RUNS,
    );
  });

  it("arbitrary headers", async () => {
    const token = fc.string({ unit: fc.constantFrom(..."abcABC019 -_;=,/*+.\"'()<>@:[]?{}\t") });
    const name = fc.constantFrom(
      ...[
        "accept",
        "content-type",
        "authorization",
        "origin",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
      ],
      ...[
        "content-encoding",
        "accept-encoding",
        "accept-version",
        "if-none-match",
        "apollo-require-preflight",
        "x-http-method-override",
      ],
    );
    const known = fc.constantFrom(
      "*/*",
      "application/graphql-response+json",
      "multipart/mixed",
      "text/html",
      "application/json;charset=utf-16",
      "gzip",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.oneof(token, known), { maxKeys: 4 }),
        fc.boolean(),
        (headers, get) =>
          get
            ? expectClearAnswer(`/graphql?query={__typename}`, { headers })
            : post(text({ query: FIRST_QUERY }), headers),
      ),
      RUNS,
    );
  });

  it("arbitrary methods and paths", async () => {
    const method = fc.constantFrom(
      "GET",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "OPTIONS",
      "HEAD",
      "PROPFIND",
      "QUERY",
    );
    const base = fc.constantFrom(
      "/graphql",
      "/api/v1/jobs",
      "/api/v1/store",
      "/api/v1/compare",
      "/api/v1/compare/portfolios",
      "/api/v1/portfolio",
      "/api/v1/trend.csv",
      "/api/v1/resources.json",
      "/health/live",
      "/",
      "",
    );
    const rest = fc.oneof(
      fc.webPath(),
      fc.webQueryParameters().map((query) => `?${query}`),
      fc.string().map((s) => `/${s}`),
    );
    const search = fc.constantFrom(
      "",
      "?limit=x",
      "?first=-1&after=%00",
      "?base_job_id=1&target_job_id=2",
      "?projects=a&projects=%00&label==&label=%F0%9F&max_age_days=9&as_of=0001-01-01T00:00:00Z",
      "?base_as_of=9999-12-31T23:59:59Z&min_total_monthly_cost=-1e9",
      "?query=%7Bjobs%7D&variables=[",
      "?variables=1&variables=2",
      "?extensions={%22persistedQuery%22:5}",
    );
    await fc.assert(
      fc.asyncProperty(method, base, rest, search, fc.boolean(), (verb, start, more, query, json) =>
        expectClearAnswer(encodeURI(`/${start}${more}${query}`.replace(/^\/+/, "/")).replaceAll("%25", "%"), {
          method: verb,
          headers: json ? { "content-type": "application/json" } : {},
        }),
      ),
      RUNS,
    );
  });

  it("bytes that are not HTTP", async () => {
    const line = fc.constantFrom(
      "GET /graphql HTTP/1.1",
      "POST /graphql HTTP/1.1",
      "POST /graphql HTTP/1.0",
      "PRI * HTTP/2.0",
      "GET http://x:99999/graphql HTTP/1.1",
      "GET //graphql HTTP/1.1",
      "POST /api/v1/store HTTP/1.1",
    );
    const header = fc.constantFrom(
      "host: x",
      "host: localhost",
      "host: ",
      "host: a b",
      "content-length: 5",
      "content-length: -1",
      "content-length: 1, 2",
      "transfer-encoding: chunked",
      "transfer-encoding: gzip",
      "expect: 100-continue",
      "expect: x",
      "upgrade: websocket\r\nconnection: upgrade",
      "content-type: application/json",
      ": x",
      "x",
    );
    const body = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("{}{}{}", '5\r\n{"a":\r\n', "ffffffffff\r\n"),
    );
    await fc.assert(
      fc.asyncProperty(line, fc.array(header, { maxLength: 5 }), body, async (first, headers, rest) => {
        const answer = await answerTo([first, ...headers, "connection: close", "", rest].join("\r\n"));
        expect(answer).not.toMatch(/^HTTP\/1\.1 5/m);
        expect(answer).not.toMatch(INSIDE);
      }),
      RUNS,
    );
  });
});

/** Sends bytes and closes the sending side; returns the response until the connection ends. */
async function answerTo(bytes: string): Promise<string> {
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => undefined);
  socket.end(bytes);
  await once(socket, "close");
  return answer;
}
