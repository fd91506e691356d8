import { describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
const shared = startService({ CORS_ORIGINS: "https://studio.apollographql.com,https://costs.example.com" });

const uncached = startService({ CACHE_MB: "0" });

const ORIGIN = "https://costs.example.com";
const PREFLIGHT = {
  method: "OPTIONS",
  headers: {
    origin: ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,authorization",
  },
};

describe("Every response", () => {
  it.each([
    ["of a query", "/graphql?query={__typename}", { "content-type": "application/json" }],
    ["of health", "/health/live", {}],
    ["of a REST route", "/api/v1/jobs", {}],
    ["that there is nothing", "/nope", {}],
    ["that a request is none", "/api/v1/jobs?limit=x", {}],
  ])("%s must not be sniffed, framed, embedded or run", async (_what, path, headers) => {
    const answer = await fetch(service.url + path, { headers });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    });
  });

  it("with the Sandbox page permits the scripts of the page, and no frames", async () => {
    const page = await fetch(`${service.url}/graphql`, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-security-policy")).toMatch(/^frame-ancestors 'none'; base-uri 'none'/);
    expect(page.headers.get("content-security-policy")).not.toContain("default-src");
    expect(await page.text()).toMatch(/Content-Security-Policy" content="script-src 'self' 'nonce-\w+'/);
  });
});

describe("HTTP caches", () => {
  const HASH = "0".repeat(64);
  const unknownHash = { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } };
  const json = { "content-type": "application/json" };

  it.each<[string, string, RequestInit]>([
    ["a list of REST", "/api/v1/jobs", {}],
    ["a HEAD of REST", "/api/v1/jobs", { method: "HEAD" }],
    ["a file", "/api/v1/portfolio.csv", {}],
    ["the description of REST", "/api/v1/openapi.json", {}],
    ["an unknown job of REST", "/api/v1/jobs/x", {}],
    ["an invalid parameter of REST", "/api/v1/jobs?limit=x", {}],
    ["a method that REST does not support", "/api/v1/jobs", { method: "DELETE" }],
    ["a list of GraphQL", "/graphql?query={jobs{totalCount}}", { headers: json }],
    ["a POST", "/graphql", { method: "POST", headers: json, body: '{"query":"{__typename}"}' }],
    [
      "an unknown hash by POST",
      "/graphql",
      { method: "POST", headers: json, body: JSON.stringify(unknownHash) },
    ],
  ])("may not store %s, and know that it depends on the token", async (_what, path, init) => {
    for (const { url } of [service, uncached]) {
      const { headers } = await fetch(url + path, init);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("vary")?.toLowerCase()).toContain("authorization");
    }
  });

  it.each(["/nope", "/api/v1/nope", "/health/ready", "/api/v1/%zz"])(
    "may not store the answer of %s",
    async (path) => {
      expect((await fetch(service.url + path)).headers.get("cache-control")).toBe("no-store");
    },
  );

  it("may not store jobs by id without a response cache", async () => {
    const id = await store(uncached, {});
    const query = `/graphql?query={job(id:"${id}"){id}}`;
    const { headers } = await fetch(uncached.url + query, { headers: json });
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

describe("A page of another origin", () => {
  it("may not send requests unless it is listed", async () => {
    expect(
      (await fetch(`${service.url}/graphql`, PREFLIGHT)).headers.get("access-control-allow-origin"),
    ).toBe(null);
  });

  it("may send requests with a token when it is listed", async () => {
    const answer = await fetch(`${shared.url}/graphql`, PREFLIGHT);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(answer.headers.get("access-control-allow-headers")).toContain("authorization");
  });

  it("may read the exposed response headers", async () => {
    const answer = await fetch(`${shared.url}/api/v1/jobs`, { headers: { origin: ORIGIN } });
    expect(answer.headers.get("access-control-expose-headers")).toBe("etag, retry-after, x-request-id");
  });

  it("is not required in OPTIONS requests of a server", async () => {
    const answer = await fetch(`${shared.url}/graphql`, { method: "OPTIONS" });
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
  });

  it("that is not listed receives no CORS headers", async () => {
    const headers = { ...PREFLIGHT.headers, origin: "https://evil.example.com" };
    const answer = await fetch(`${shared.url}/graphql`, { ...PREFLIGHT, headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe(null);
  });

  it.each([
    "text/plain",
    "text/plain; boundary=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
  ])("cannot avoid the preflight: a POST of content type %j is rejected", async (type) => {
    const body = new Blob(['{"query":"mutation { __typename }"}'], { type });
    const answer = await fetch(`${service.url}/graphql`, { method: "POST", body });
    expect(answer.status).toBe(415);
  });

  it("cannot store by GET, which needs no preflight", async () => {
    const answer = await fetch(`${service.url}/graphql?query=mutation{__typename}`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
  });
});
