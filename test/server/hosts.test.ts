import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createToken } from "../access/tokens.ts";
import { estimate, resource } from "../support/estimates.ts";
import { startService, type TestService } from "../support/service.ts";

const service = startService({ METRICS_PORT: "0" });
const named = startService({ ALLOWED_HOSTS: "costs.example.com,10.1.2.3,fd00::5", METRICS_PORT: "0" });
const proxied = startService({ ALLOWED_HOSTS: "costs.example.com", TRUST_PROXY: "1" });
const everywhere = startService({ HOST: "0.0.0.0", METRICS_HOST: "0.0.0.0", METRICS_PORT: "0" });
let token: string;
const guarded = startService(
  { AUTH: "tokens", METRICS_PORT: "0" },
  {
    prepare: async (url) => {
      token = await createToken(url);
    },
  },
);

/** Sends bytes to the server of a URL, and returns the whole response. */
async function answerTo(url: string, request: string, address = new URL(url).hostname): Promise<string> {
  const socket = connect(Number(new URL(url).port), address.replaceAll(/[[\]]/g, ""));
  socket.write(request);
  return text(socket);
}

/** Requests the list of jobs with these headers, and returns the whole response. */
const ask = (url: string, headers: string, { target = "/api/v1/jobs", version = "1.1" } = {}) =>
  answerTo(url, `GET ${target} HTTP/${version}\r\n${headers}connection: close\r\n\r\n`);

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const asks = async (url: string, host: string) => statusOf(await ask(url, `host: ${host}\r\n`));

const REFUSED = 421;

describe("Without access control, a request is answered when its host is", () => {
  it.each([
    ...["localhost", "localhost:1", "LOCALHOST:8007", "localhost.", "app.localhost:8007", "localhost:"],
    ...["127.0.0.1", "127.0.0.1:8007", "127.1.2.3", "[::1]", "[::1]:8007", "[0:0:0:0:0:0:0:1]"],
  ])("of this machine: %s", async (host) => {
    expect(await asks(service.url, host)).toBe(200);
  });

  it.each([
    "costs.example.com",
    "Costs.Example.COM.:443",
    "10.1.2.3:80",
    "[fd00::5]",
    "[FD00:0::5]:8007",
    "localhost",
  ])("one of ALLOWED_HOSTS: %s", async (host) => {
    expect(await asks(named.url, host)).toBe(200);
  });

  it("HOST, or with HOST=0.0.0.0 the address that the connection came to", async () => {
    const { port } = new URL(everywhere.url);
    for (const host of ["0.0.0.0", "127.0.0.1", "localhost"]) {
      expect(await asks(everywhere.url, `${host}:${port}`)).toBe(200);
    }
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.filter(({ family, internal }) => family === "IPv4" && !internal),
    );
    for (const { address } of own) {
      const request = `GET /health/ready HTTP/1.1\r\nhost: ${address}:${port}\r\nconnection: close\r\n\r\n`;
      expect(statusOf(await answerTo(everywhere.url, request, address))).toBe(200);
      expect(statusOf(await answerTo(everywhere.url, request, "127.0.0.1"))).toBe(REFUSED);
    }
    expect(await asks(everywhere.url, "192.0.2.1")).toBe(REFUSED);
    expect(await asks(everywhere.url, "evil.example")).toBe(REFUSED);
  });
});

describe("Without access control, a request to another name", () => {
  it.each([
    ...[
      "evil.example",
      "evil.example:8007",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "evillocalhost",
    ],
    ...["localhost..", "costs.example.com", "192.168.1.10", "[fd00::1]", "128.0.0.1", "xn--localhost-x"],
  ])("is rejected, with the name of the variable to set: %s", async (host) => {
    const answer = await ask(service.url, `host: ${host}\r\n`);
    expect(statusOf(answer)).toBe(REFUSED);
    expect(answer).toContain("MISDIRECTED_REQUEST");
    expect(answer).toContain("ALLOWED_HOSTS");
  });

  it.each([
    "/graphql",
    "/",
    "/health/live",
    "/health/ready",
    "/api/v1/openapi.json",
    "/nope",
    "/graphql?query={jobs{totalCount}}",
  ])("is rejected for any target: %s", async (target) => {
    for (const accept of ["application/json", "text/html"]) {
      const headers = `host: evil.example\r\naccept: ${accept}\r\napollo-require-preflight: 1\r\n`;
      expect(statusOf(await ask(service.url, headers, { target }))).toBe(REFUSED);
    }
  });

  it("stores nothing", async () => {
    const body = JSON.stringify({
      query: "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }",
      variables: { input: { estimate: estimate() } },
    });
    const answer = await answerTo(
      service.url,
      `POST /graphql HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statusOf(answer)).toBe(REFUSED);
    expect(await service.sql("select from jobs")).toEqual([]);
  });

  it.each([
    "",
    "a b",
    "[",
    "%%",
    "localhost@evil.example",
    "evil.example#localhost",
    "localhost/evil.example",
    "localhost,evil.example",
    "evil.example:80:localhost",
    "localh%6fst",
    "1.2.3.4.5",
  ])("that is not a host is a BAD_REQUEST: %j", async (host) => {
    const answer = await ask(service.url, `host: ${host}\r\n`);
    expect(statusOf(answer)).toBe(400);
    expect(answer).not.toContain('"jobs"');
  });

  it("is a BAD_REQUEST without a Host, in HTTP/1.0 and 1.1", async () => {
    expect(statusOf(await ask(service.url, "", { version: "1.0" }))).toBe(400);
    expect(statusOf(await ask(service.url, ""))).toBe(400);
    expect(statusOf(await ask(service.url, "host: localhost\r\n", { version: "1.0" }))).toBe(200);
    expect(statusOf(await ask(service.url, "host: evil.example\r\n", { version: "1.0" }))).toBe(REFUSED);
  });

  it("is refused with the name in its target, whatever Host says", async () => {
    const target = (host: string) => ({ target: `http://${host}/api/v1/jobs` });
    expect(statusOf(await ask(service.url, "host: localhost\r\n", target("evil.example")))).toBe(REFUSED);
    expect(statusOf(await ask(service.url, "host: evil.example\r\n", target("localhost")))).toBe(REFUSED);
    expect(statusOf(await ask(service.url, "host: localhost\r\n", target("localhost:8007")))).toBe(200);
    expect(statusOf(await ask(service.url, "host: localhost\r\n", target("x@localhost")))).toBe(400);
  });

  it("is refused beside a forwarded name: a page can write that one", async () => {
    const forwarded = (host: string, name: string) =>
      `host: ${host}\r\nx-forwarded-host: ${name}\r\nx-forwarded-for: 192.0.2.1\r\n`;
    const status = async (url: string, host: string, name: string) =>
      statusOf(await ask(url, forwarded(host, name)));
    expect(await status(proxied.url, "evil.example", "costs.example.com")).toBe(REFUSED);
    expect(await status(proxied.url, "127.0.0.1:8007", "evil.example")).toBe(REFUSED);
    expect(await status(proxied.url, "127.0.0.1:8007", "costs.example.com")).toBe(200);
    expect(await status(service.url, "127.0.0.1:8007", "evil.example")).toBe(200);
    expect(await status(service.url, "evil.example", "localhost")).toBe(REFUSED);
  });
});

describe("Several Host headers", () => {
  it.each([
    ["without access control", () => service],
    ["with tokens", () => guarded],
  ])("are a BAD_REQUEST %s", async (_name, of: () => TestService) => {
    for (const [one, two] of [
      ["localhost", "evil.example"],
      ["evil.example", "localhost"],
      ["localhost", "localhost"],
    ]) {
      const answer = await ask(
        of().url,
        `host: ${one}\r\nHOST: ${two}\r\nauthorization: Bearer ${token}\r\n`,
      );
      expect(statusOf(answer)).toBe(400);
    }
  });
});

describe("With tokens", () => {
  it("any name is accepted, because a page has no token", async () => {
    const headers = `host: costs.example.com\r\nauthorization: Bearer ${token}\r\n`;
    expect(statusOf(await ask(guarded.url, headers))).toBe(200);
    expect(await asks(guarded.url, "evil.example")).toBe(401);
  });
});

describe("The metrics, which require no token,", () => {
  const scrape = async (url = "", host = "") => ask(url, `host: ${host}\r\n`, { target: "/metrics" });

  it("accept the same names, also when the service requires tokens", async () => {
    for (const of of [service, guarded]) {
      expect(await scrape(of.metricsUrl, "localhost:9464")).toContain("results_storage_requests_total");
      const refused = await scrape(of.metricsUrl, "evil.example");
      expect(statusOf(refused)).toBe(REFUSED);
      expect(refused).toContain("ALLOWED_HOSTS");
      expect(refused).not.toContain("results_storage_requests_total");
    }
    expect(statusOf(await scrape(named.metricsUrl, "costs.example.com:9464"))).toBe(200);
    expect(statusOf(await scrape(everywhere.metricsUrl, "0.0.0.0"))).toBe(200);
  });
});

describe("A page of another origin, without access control,", () => {
  const origin = { origin: "https://evil.example" };
  const query = JSON.stringify({
    query: "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }",
    variables: { input: { estimate: estimate() } },
  });

  it.each([
    ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
    ...["text/plain; application/json", "text/plain;charset=application/json", ""],
  ])("stores nothing with a request that needs no preflight: %j", async (type) => {
    for (const path of ["/graphql", "/api/v1/store"]) {
      const body = new Blob([query], { type });
      const headers = { ...origin, ...(type && { "content-type": type }) };
      const answer = await fetch(service.url + path, { method: "POST", body, headers });
      expect(answer.status).toBe(415);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect(await service.sql("select from jobs")).toEqual([]);
  });

  it.each(["/graphql?query={jobs{totalCount}}", "/api/v1/jobs", "/graphql", "/health/ready"])(
    "cannot read %s",
    async (path) => {
      const answer = await fetch(service.url + path, { headers: origin });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    },
  );
});

describe("A large store", () => {
  it("is accepted for the same names and addresses as a small one", async () => {
    const byResource = Array.from({ length: 600 }, (_, i) =>
      resource({ resourceId: `web[${i}].${"x".repeat(500)}`, totalMonthlyCost: "1", computeCost: "1" }),
    );
    const body = JSON.stringify({
      query: "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }",
      variables: { input: { estimate: estimate({ totalMonthlyCost: "600", byResource }) } },
    });
    const answer = await answerTo(
      named.url,
      `POST /graphql HTTP/1.1\r\nhost: costs.example.com\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toContain('"created":true');
  }, 60_000);
});
