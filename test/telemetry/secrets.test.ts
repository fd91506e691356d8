import fc from "fast-check";
import { expect, it } from "vitest";
import { startCollector } from "../support/collector.ts";
import { estimate, resource } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { startService } from "../support/service.ts";

const collector = await startCollector();
const { log, texts, requestLines } = createTestLog("trace");
const service = startService(
  { METRICS_PORT: "0", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: "trace" },
  { log },
);

const STORE = "mutation Push($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";

interface Sent {
  readonly secret: string;
  readonly headers: Record<string, string>;
}

/** Every place of a request that may contain confidential data. */
const WAYS: Record<string, (sent: Sent) => Promise<Response>> = {
  "a token": ({ headers }) => graphql("{ __typename }", {}, headers),
  "a stored estimate": ({ secret, headers }) => graphql(STORE, { input: inputWith(secret) }, headers),
  "a refused estimate": ({ secret, headers }) =>
    graphql(STORE, { input: { ...inputWith(secret), estimate: estimate({ currency: secret }) } }, headers),
  "a variable of the wrong type": ({ secret, headers }) =>
    graphql("query Q($first: Int) { jobs(first: $first) { nodes { id } } }", { first: secret }, headers),
  "the text of a query": ({ secret, headers }) =>
    graphql(`{ jobs(filter: { project: ${JSON.stringify(secret)} }) { nodes { id } } }`, {}, headers),
  "a query that is none": ({ secret, headers }) => graphql(`{ jobs(${JSON.stringify(secret)}`, {}, headers),
  "a body that is no JSON": ({ secret, headers }) => post(`{"query": "${secret}`, headers),
  "variables in a URL": ({ secret, headers }) =>
    get(
      `/graphql?query=${encodeURIComponent("query Q($p: String) { jobs(filter: { project: $p }) { nodes { id } } }")}&variables=${encodeURIComponent(JSON.stringify({ p: secret }))}`,
      headers,
    ),
  "a path": ({ secret, headers }) => get(`/api/v1/jobs/${encodeURIComponent(secret)}`, headers),
  "a path that is not there": ({ secret, headers }) => get(`/${encodeURIComponent(secret)}`, headers),
  "a query string": ({ secret, headers }) =>
    get(`/api/v1/jobs?cursor=${encodeURIComponent(secret)}`, headers),
  "a value that PostgreSQL quotes in an error": async (sent) => {
    await service.sql("alter table jobs add constraint quoted check (project::int > 0) not valid");
    const answer = await WAYS["a stored estimate"]?.(sent);
    await service.sql("alter table jobs drop constraint quoted");
    return answer ?? Response.error();
  },
  "a row that PostgreSQL quotes in an error": async (sent) => {
    await service.sql("alter table jobs add constraint none check (false) not valid");
    const answer = await WAYS["a stored estimate"]?.(sent);
    await service.sql("alter table jobs drop constraint none");
    return answer ?? Response.error();
  },
};

function inputWith(secret: string) {
  const marked = resource({ resourceId: secret, tags: { [secret]: secret } });
  return {
    idempotencyKey: secret,
    project: secret,
    labels: { [secret]: secret },
    estimate: estimate({ byResource: [marked], warnings: [{ code: "NOTED", message: secret }] }),
  };
}

function get(path: string, headers: Record<string, string>) {
  return fetch(service.url + path, { headers });
}

function post(body: string, headers: Record<string, string>) {
  const type = { "content-type": "application/json" };
  return fetch(`${service.url}/graphql`, { method: "POST", headers: { ...headers, ...type }, body });
}

function graphql(query: string, variables: object, headers: Record<string, string>) {
  return post(JSON.stringify({ query, variables }), headers);
}

/** 50: a server error, which is logged completely. */
const levelOf = (way: string) => (way.includes("PostgreSQL") ? 50 : expect.any(Number));

/** A unique text between other characters. */
const secrets = fc
  .tuple(
    fc.uuid(),
    fc.string({ unit: fc.constantFrom("a", "Z", "0", " ", '"', "'", "=", "é", "%"), maxLength: 8 }),
  )
  .map(([marker, around]) => ({ marker, secret: `${around}${marker}${around}` }));

it.each(Object.keys(WAYS))("Neither log, nor metrics, nor traces contain %s", async (way) => {
  await fc.assert(
    fc.asyncProperty(secrets, async ({ marker, secret }) => {
      const headers = {
        authorization: `Bearer ${marker}`,
        cookie: `session=${marker}`,
        "x-request-id": `not sane ${marker}`,
      };
      const answer = await WAYS[way]?.({ secret, headers });
      const requestId = answer?.headers.get("x-request-id") ?? "";
      expect(await requestLines(1)).toEqual([expect.objectContaining({ requestId, level: levelOf(way) })]);
      expect(texts.join("")).not.toContain(marker);
      expect(await (await fetch(`${service.metricsUrl}/metrics`)).text()).not.toContain(marker);
      await collector.traceOf(requestId);
      expect(collector.received.map(({ body }) => body).join("")).not.toContain(marker);
    }),
    { numRuns: 3 },
  );
});
