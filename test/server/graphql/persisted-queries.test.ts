import { createHash, randomBytes } from "node:crypto";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { beforeAll, describe, expect, it } from "vitest";
import { createPersistedQueries } from "../../../src/server/graphql/persisted-queries.ts";
import { createToken } from "../../access/tokens.ts";
import { estimate, store } from "../../support/estimates.ts";
import { heapBytes } from "../../support/heap.ts";
import { postGraphql, startService, type TestService } from "../../support/service.ts";

const service = startService({ METRICS_PORT: "0", QUERY_LIMIT_KB: "40" });
const second = startService();
const guarded = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      for (const project of PROJECTS) tokens.push(await createToken(url, { projects: [project] }));
    },
  },
);
const PROJECTS = ["mine", "theirs"];
const tokens: string[] = [];

const JOB = "query Job($id: ID!) { job(id: $id) { id project totalMonthlyCost } }";
const STORE = "mutation Store($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
const NOT_FOUND = {
  errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }],
};

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const extensionsOf = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } });

/** Sends the hash of a text by POST, with more parameters if there are any. */
const post = (text: string, more: object = {}) =>
  service.post(JSON.stringify({ extensions: extensionsOf(text), ...more }));

/** Sends a text with its hash, which adds the text. */
const register = (query: string, more: object = {}) => post(query, { query, ...more });

/** Sends the hash of a text by GET. */
function get(text: string, variables: object, headers: Record<string, string> = {}, to = service) {
  const parameters = {
    variables: JSON.stringify(variables),
    extensions: JSON.stringify(extensionsOf(text)),
  };
  return fetch(`${to.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
}

let id: string;
beforeAll(async () => {
  id = await store(service, { project: "shop" });
});

describe("A hash", () => {
  it("is found after its text was sent once, by GET and by POST", async () => {
    const data = { job: { id, project: "shop", totalMonthlyCost: "10.00" } };
    expect(await post(JOB, { variables: { id } })).toEqual({ status: 200, ...NOT_FOUND });
    expect(await register(JOB, { variables: { id } })).toEqual({ status: 200, data });
    expect(await post(JOB, { variables: { id } })).toEqual({ status: 200, data });
    expect(await (await get(JOB, { id })).json()).toEqual({ data });
  });

  it.each<[string, string]>([
    ["cannot be parsed", "{ jobs {"],
    ["is invalid", "{ unknown }"],
    [
      "exceeds the cost limit",
      "query Large { jobs(first: 100) { nodes { resources(first: 1000) { nodes { id } } } } }",
    ],
    ["has more than 32,000 characters", `{ __typename } # ${"x".repeat(32_000)}`],
  ])("of a text that %s is not found", async (_what, text) => {
    await register(text);
    expect(await post(text)).toMatchObject(NOT_FOUND);
  });

  it("of a mutation that was sent by GET is not found", async () => {
    const parameters = new URLSearchParams({ query: STORE, extensions: JSON.stringify(extensionsOf(STORE)) });
    expect((await fetch(`${service.url}/graphql?${parameters}`)).status).toBe(405);
    expect(await post(STORE)).toMatchObject(NOT_FOUND);
  });

  it("of a text that was found before is refused with variables that exceed the cost limit", async () => {
    const text =
      "query Pages($n: Int) { jobs(first: $n) { nodes { resources(first: 1000) { nodes { id } } } } }";
    await register(text, { variables: { n: 1 } });
    expect((await post(text, { variables: { n: 100 } })).errors).toMatchObject([
      { extensions: { code: "QUERY_TOO_COMPLEX" } },
    ]);
  });

  it.each<[string, unknown]>([
    ["is no text", { version: 1, sha256Hash: 5 }],
    ["is a number that a double would change", { version: 1, sha256Hash: JSON.rawJSON("1.10") }],
    ["is an object", { version: 1, sha256Hash: { a: 1 } }],
    ["is in upper case", { version: 1, sha256Hash: hashOf("{ __typename }").toUpperCase() }],
    ["is of another text", { version: 1, sha256Hash: hashOf("{ jobs { totalCount } }") }],
    ["is missing", { version: 1 }],
    ["has another version", { version: 2, sha256Hash: hashOf("{ __typename }") }],
    ["is not in an object", "x"],
    ["is in a list", [{ version: 1, sha256Hash: hashOf("{ __typename }") }]],
  ])("that %s is refused with the path", async (_what, persistedQuery) => {
    const parameters = { query: "{ __typename }", extensions: { persistedQuery } };
    const expected = [
      { message: expect.stringContaining("extensions.persistedQuery"), extensions: { code: "BAD_REQUEST" } },
    ];
    const { status, errors } = await service.post(JSON.stringify(parameters));
    expect([status, errors]).toEqual([400, expected]);
    const search = new URLSearchParams({
      query: parameters.query,
      extensions: JSON.stringify(parameters.extensions),
    });
    const byGet = await fetch(`${service.url}/graphql?${search}`);
    expect([byGet.status, await byGet.json()]).toEqual([400, { errors: expected }]);
  });

  it("of a mutation is found by POST, and refused by GET", async () => {
    const variables = (key: string) => ({ input: { estimate: estimate(), idempotencyKey: key } });
    await register(STORE, { variables: variables("a") });
    const { data } = await post(STORE, { variables: variables("b") });
    expect(data).toEqual({ storeEstimate: { created: true } });
    expect((await get(STORE, variables("c"))).status).toBe(405);
  });

  it("without a text is answered as not found in a body above QUERY_LIMIT_KB, and with the text stored", async () => {
    const variables = {
      input: { estimate: estimate(), idempotencyKey: "large", userId: " ".repeat(50_000) },
    };
    await register(STORE, { variables: { input: { estimate: estimate() } } });
    const { status, errors } = await post(STORE, { variables });
    expect({ status, errors }).toEqual({ status: 400, ...NOT_FOUND });
    const large = await register(STORE, { variables });
    expect(large.errors?.[0]?.message).toContain("userId");
    expect((await register(JOB, { variables: { id: " ".repeat(50_000) } })).status).toBe(413);
  });

  it("in a batch is refused", async () => {
    await register(JOB, { variables: { id } });
    const one = { extensions: extensionsOf(JOB), variables: { id } };
    const { status, errors } = await service.post(JSON.stringify([one, one]));
    expect([status, errors?.length]).toEqual([400, 1]);
  });
});

describe("A GET of a hash", () => {
  beforeAll(async () => {
    await register(JOB, { variables: { id } });
  });

  it("of jobs by id is immutable for caches, and has 304 for a client that has the answer", async () => {
    const { headers } = await get(JOB, { id });
    expect(headers.get("cache-control")).toBe("max-age=31536000, immutable");
    expect(headers.get("vary")).toBe("accept, accept-encoding, authorization");
    const again = await get(JOB, { id }, { "if-none-match": headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it.each<[string, string]>([
    ["an unknown hash", "{ jobs { nodes { id } } } # never sent"],
    ["a list", "{ jobs { nodes { id } } }"],
    ["an error", "query ($id: Decimal) { jobs(first: 0) { nodes { id } } }"],
  ])("of %s is never stored by caches", async (_what, text) => {
    if (!text.includes("never sent")) await register(text);
    const answer = await get(text, {});
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it("answers each token with its own jobs, which only its browser may store", async () => {
    const list = "query List { jobs { nodes { project } } }";
    const seen: unknown[] = [];
    for (const [i, project] of PROJECTS.entries()) {
      const token = tokens[i] ?? "";
      const send = (body: object) => postGraphql(guarded.url, JSON.stringify(body), token);
      const input = { estimate: estimate(), project };
      const stored = await send({
        query: "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { job { id } } }",
        variables: { input },
      });
      const variables = { id: stored.data.storeEstimate.job.id };
      await send({ query: list, extensions: extensionsOf(list) });
      await send({ query: JOB, variables, extensions: extensionsOf(JOB) });
      const headers = { authorization: `Bearer ${token}` };
      const answer = await get(JOB, variables, headers, guarded);
      expect(answer.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
      seen.push(await (await get(list, {}, headers, guarded)).json());
    }
    expect(seen).toEqual(PROJECTS.map((project) => ({ data: { jobs: { nodes: [{ project }] } } })));
    const refused = await get(list, {}, {}, guarded);
    expect([refused.status, refused.headers.get("cache-control")]).toEqual([401, "no-store"]);
  });

  it("is counted", async () => {
    const count = async (result: string) => {
      const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
      return Number(new RegExp(`persisted_queries_total\\{result="${result}"\\} (\\d+)`).exec(text)?.[1]);
    };
    const before = [await count("hit"), await count("miss")];
    await get(JOB, { id });
    await get(`${JOB} # not sent`, { id });
    expect([await count("hit"), await count("miss")]).toEqual(before.map((number) => number + 1));
  });
});

describe("The link of Apollo Client for persisted queries", () => {
  /** Records the requests that a client sends in turn to the servers. */
  function clientOf(...servers: readonly TestService[]) {
    const sent: string[] = [];
    const balanced: typeof fetch = (url, options) => {
      const server = sent.length % servers.length;
      const hasText = String(options?.body ?? "").includes('"query"') || String(url).includes("query=");
      sent.push(`${options?.method} ${hasText ? "text" : "hash"} to ${server}`);
      return fetch(`${servers[server]?.url}/graphql${new URL(String(url)).search}`, options);
    };
    const persisted = new PersistedQueryLink({ sha256: hashOf, useGETForHashedQueries: true });
    const http = new HttpLink({ uri: "http://balancer/graphql", fetch: balanced });
    const client = new ApolloClient({ cache: new InMemoryCache(), link: persisted.concat(http) });
    return { client, sent };
  }

  const query = gql('query Shop { jobs(filter: { project: "shop" }) { nodes { totalMonthlyCost } } }');
  const options = { query, fetchPolicy: "network-only" } as const;
  const data = { jobs: { nodes: [{ totalMonthlyCost: "10.00" }] } };

  it("sends the text once, and then the hash by GET", async () => {
    const { client, sent } = clientOf(service);
    for (const _ of [1, 2]) expect((await client.query(options)).data).toMatchObject(data);
    expect(sent).toEqual(["GET hash to 0", "POST text to 0", "GET hash to 0"]);
  });

  it("sends the text again to each server behind a load balancer that does not know the hash", async () => {
    await store(second, { project: "shop" });
    const { client, sent } = clientOf(second, service);
    for (const _ of [1, 2, 3]) expect((await client.query(options)).data).toMatchObject(data);
    expect(sent).toEqual([
      "GET hash to 0",
      "POST text to 1",
      "GET hash to 0",
      "POST text to 1",
      "GET hash to 0",
      "POST text to 1",
    ]);
  });

  it("stores estimates, small ones and ones above QUERY_LIMIT_KB", async () => {
    const { client, sent } = clientOf(service);
    const storeOne = (labels: object) =>
      client.mutate({
        mutation: gql(STORE.replace("Store", "StoreByLink")),
        variables: { input: { estimate: estimate(), labels } },
      });
    const created = { data: { storeEstimate: { created: true } } };
    expect(await storeOne({})).toMatchObject(created);
    expect(await storeOne({})).toMatchObject(created);
    const large = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "x".repeat(1_000)]));
    expect(await storeOne(large)).toMatchObject(created);
    expect(sent).toEqual(["hash", "text", "hash", "hash", "text"].map((what) => `POST ${what} to 0`));
  });
});

describe("The memory of persisted queries", () => {
  const MIB = 1_048_576;

  it.each<[string, number, () => string]>([
    ["short texts", 20_000, () => randomBytes(8).toString("hex")],
    ["texts of two bytes a character", 200, () => `ж${randomBytes(15_000).toString("hex")}`],
    ["slices of long URLs", 2_000, () => randomBytes(8_000).toString("hex").slice(0, 20)],
  ])("is at most 5 MB, with %s", async (_what, count, text) => {
    const before = heapBytes();
    const { cache } = createPersistedQueries();
    for (let n = 0; n < count; n++) await cache.set(`apq:${hashOf(String(n))}`, text());
    expect(heapBytes() - before).toBeLessThan(5 * MIB);
    expect(await cache.get(`apq:${hashOf(String(count - 1))}`)).toBeDefined();
  });

  it("keeps the texts that are used", async () => {
    const { cache } = createPersistedQueries();
    await cache.set("used", "{ __typename }");
    for (let n = 0; n < 1_000; n++) {
      await cache.set(String(n), "x".repeat(10_000));
      expect(await cache.get("used")).toBe("{ __typename }");
    }
    expect(await cache.get("0")).toBeUndefined();
  });
});
