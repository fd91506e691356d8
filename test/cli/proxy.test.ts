import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { pipeline } from "node:stream";
import { createServer, type Server } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../support/command-line.ts";
import { forwardProxy } from "../support/forward-proxy.ts";
import { type PrivateCa, privateCa } from "../support/private-ca.ts";
import { startService } from "../support/service.ts";
import { freePort } from "../support/stand-in.ts";

const native = fileURLToPath(new URL("../estimates/files/native.json", import.meta.url));

let token: string;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (databaseUrl) => {
      const create = ["token", "create", "--name", "ci", "--scope", "write"];
      token = (await run(create, { env: { DATABASE_URL: databaseUrl } })).stdout.trim();
    },
  },
);

/** The name of the service's TLS server, which only the proxy can resolve. */
const HOST = "costs.example.com";

let ca: PrivateCa;
const tlsServers: Server[] = [];
let tlsPort: number;
let plainPort: number;

beforeAll(async () => {
  ca = await privateCa(HOST, "localhost");
  plainPort = Number(new URL(service.url).port);
  tlsPort = await listenWithTls(plainPort);
});
afterAll(() => {
  for (const server of tlsServers) server.close();
});

/** Puts TLS, with the private CA's certificate, in front of a port. */
async function listenWithTls(port: number): Promise<number> {
  const server = createServer({ key: ca.key, cert: ca.cert }, (client) => {
    pipeline(client, connect(port, "127.0.0.1"), client, () => undefined);
  });
  tlsServers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** Runs the command as a CI runner that reaches the service by a name, with the proxy of its environment. */
const command = (args: readonly string[], url: string, env: Readonly<Record<string, string>>) =>
  run([...args, "--url", url], { env: { RESULTS_STORAGE_TOKEN: token, ...env } });
const push = (url: string, env: Readonly<Record<string, string>>) =>
  command(["push", native, "--json"], url, env);

describe("A runner behind a proxy, and a server with the certificate of a private CA", () => {
  it("push and export through HTTPS_PROXY with NODE_EXTRA_CA_CERTS", async () => {
    const proxy = await forwardProxy(tlsPort, "runner:p@ss:w/rd");
    const env = {
      HTTPS_PROXY: `http://runner:p%40ss%3Aw%2Frd@${proxy.host}`,
      NODE_EXTRA_CA_CERTS: ca.caFile,
    };
    const pushed = await push(`https://${HOST}`, env);
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    const [{ job }] = JSON.parse(pushed.stdout);
    const exported = await command(["export", job.id], `https://${HOST}`, env);
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    expect(exported.stdout).toContain("resource_id");
    expect(proxy.requests).toEqual([`CONNECT ${HOST}:443`, `CONNECT ${HOST}:443`]);
  });

  it("need NODE_EXTRA_CA_CERTS, as the error says", async () => {
    const proxy = await forwardProxy(tlsPort);
    const { code, stderr } = await command(["export", "x"], `https://${HOST}`, { https_proxy: proxy.host });
    expect(stderr).toMatch(
      /^https:\/\/costs\.example\.com cannot be reached \(unable to verify the first certificate.*\)\. /,
    );
    expect(stderr).toContain("Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the CA");
    expect(code).toBe(3);
  });
});

describe("A proxy", () => {
  it("forwards clear-text requests without a tunnel, which many proxies allow for port 443 only", async () => {
    const proxy = await forwardProxy(plainPort);
    const { code, stderr } = await push(`http://${HOST}`, { http_proxy: `http://${proxy.host}/` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(proxy.requests).toEqual([`POST http://${HOST}/graphql`]);
  });

  it("may use TLS itself", async () => {
    const proxy = await forwardProxy(tlsPort, "runner:password");
    const port = await listenWithTls(Number(proxy.host.split(":")[1]));
    const { code, stderr } = await push(`https://${HOST}`, {
      HTTPS_PROXY: `https://runner:password@localhost:${port}`,
      NODE_EXTRA_CA_CERTS: ca.caFile,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(proxy.requests).toEqual([`CONNECT ${HOST}:443`]);
  });

  it.each([
    ["https", "HTTPS_PROXY"],
    ["http", "HTTP_PROXY"],
  ])(
    "that wants other credentials for %s is named with %s, and without the credentials",
    async (scheme, variable) => {
      const proxy = await forwardProxy(tlsPort, "runner:password");
      const { code, stderr } = await command(["export", "x"], `${scheme}://${HOST}`, {
        [variable]: `http://runner:s3cret@${proxy.host}`,
      });
      expect(stderr).toContain("407");
      expect(stderr).toContain(`the proxy ${proxy.host} of ${variable}`);
      expect(stderr).not.toContain("s3cret");
      expect(code).toBe(3);
    },
  );

  it.each([
    ["socks5://proxy:1080"],
    ["http://"],
    ["http://me:s3cret#1@proxy:3128"],
    ["http://me:s3cret/1@proxy:3128"],
    ["http://me:s3cret%@proxy:3128"],
    ["http://me:s3cret%ff@proxy:3128"],
  ])("with an invalid URL is refused without its password: %s", async (value) => {
    const { code, stdout, stderr } = await push(`https://${HOST}`, { HTTPS_PROXY: value });
    expect(stderr).toMatch(
      /^HTTPS_PROXY must be the URL of an HTTP proxy, such as http:\/\/user:password@proxy/,
    );
    expect(stderr).not.toContain("s3cret");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe.concurrent("The proxy's variable", () => {
  it.each([
    ["HTTP_PROXY", (proxy: string) => ({ HTTP_PROXY: `http://${proxy}` }), true],
    ["http_proxy", (proxy: string) => ({ http_proxy: `http://${proxy}` }), true],
    ["a host without a scheme", (proxy: string) => ({ HTTP_PROXY: proxy }), true],
    ["HTTPS_PROXY, which is for https alone", (proxy: string) => ({ HTTPS_PROXY: proxy }), false],
    [
      "an empty http_proxy before HTTP_PROXY",
      (proxy: string) => ({ http_proxy: "", HTTP_PROXY: proxy }),
      true,
    ],
    ["nothing", () => ({ HTTP_PROXY: " " }), false],
  ])("%s", async (_name, env, isProxied) => {
    const proxy = await forwardProxy(plainPort);
    const { code, stderr } = await push(service.url, env(proxy.host));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(proxy.requests).toHaveLength(isProxied ? 1 : 0);
  });
});

describe.concurrent("NO_PROXY", () => {
  it.each([
    ["http://127.0.0.1:PORT", "another.example.com, 127.0.0.1", "directly"],
    ["http://127.0.0.1:PORT", "*", "directly"],
    ["http://127.0.0.1:PORT", "127.0.0.1:PORT", "directly"],
    ["http://127.0.0.1:PORT", "127.0.0.1:1", "by the proxy"],
    ["http://127.0.0.1:PORT", "27.0.0.1", "by the proxy"],
    ["http://localhost:PORT", "LOCALHOST", "directly"],
    ["http://localhost:PORT", ".localhost", "directly"],
    ["http://localhost:PORT", "*.localhost", "by the proxy"],
    ["http://localhost:PORT", "host", "by the proxy"],
    ["http://costs.example.com", "other.example.com example.org", "by the proxy"],
    ["http://[::1]:PORT", "::1", "directly"],
    ["http://[::1]:PORT", "[::1]:PORT", "directly"],
    ["http://[::1]:PORT", "[::1]:1", "by the proxy"],
  ])("%s, with the value %j, is reached %s", async (url, noProxy, way) => {
    const proxy = await forwardProxy(plainPort);
    const port = String(await freePort());
    const env = { HTTP_PROXY: proxy.host, NO_PROXY: noProxy.replace("PORT", port) };
    // The port is closed; behind the proxy is the service, without such a job.
    const { code } = await command(["export", "x"], url.replace("PORT", port), env);
    const byProxy = way === "by the proxy";
    expect({ code, requests: proxy.requests.length }).toEqual(
      byProxy ? { code: 1, requests: 1 } : { code: 3, requests: 0 },
    );
  });

  it("is read in lower case as well", async () => {
    const proxy = await forwardProxy(plainPort);
    const { code } = await push(service.url, { http_proxy: proxy.host, no_proxy: "127.0.0.1" });
    expect({ code, requests: proxy.requests }).toEqual({ code: 0, requests: [] });
  });
});
