import { once } from "node:events";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { newTokenText } from "../../src/access/tokens.ts";
import { startService } from "../support/service.ts";
import { observed } from "../support/statements.ts";
import { whileLocked } from "../support/while-locked.ts";
import { startIssuer } from "./issuer.ts";
import { createToken } from "./tokens.ts";

const issuer = await startIssuer();
const OIDC_ISSUERS = JSON.stringify([
  {
    issuer: issuer.url,
    audience: "results-storage",
    rules: [{ claims: { repository: "acme/*" }, scope: "write", projects: "*" }],
  },
]);

/** Ten unproven credentials of an address in ten seconds. */
const limited = startService({ AUTH: "tokens", OIDC_ISSUERS, RATE_LIMIT: "1", TRUST_PROXY: "1" });
const unlimited = startService({
  AUTH: "tokens",
  OIDC_ISSUERS,
  METRICS_PORT: "0",
  DATABASE_LOCK_TIMEOUT_S: "60",
  DATABASE_STATEMENT_TIMEOUT_S: "60",
});
const shortTimeout = startService({ AUTH: "tokens", OIDC_ISSUERS, DATABASE_LOCK_TIMEOUT_S: "1" });

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
let addresses = 0;

/** An unused address. */
const newAddress = () => `192.0.2.${++addresses}`;

/** Sends a credential from an address, and returns the status of the answer. */
async function send(url: string, token: string, address: string, path = "/api/v1/jobs"): Promise<number> {
  const headers = {
    authorization: `Bearer ${token}`,
    "x-forwarded-for": address,
    "content-type": "application/json",
  };
  const isQuery = path === "/graphql";
  const sent = request(url + path, { method: isQuery ? "POST" : "GET", headers, agent });
  sent.end(isQuery ? '{"query":"{ jobs { totalCount } }"}' : undefined);
  const [answer] = await once(sent, "response");
  const body = await text(answer);
  if (answer.statusCode === 503) expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect(body).not.toContain("INTERNAL_SERVER_ERROR");
  return answer.statusCode;
}

const sorted = async (statuses: Promise<number>[]) => (await Promise.all(statuses)).toSorted();
const times = <Value>(count: number, make: (i: number) => Value) =>
  Array.from({ length: count }, (_, i) => make(i));

describe("Unknown tokens of one address, more than its limit", () => {
  it.each([
    ["GraphQL", "/graphql"],
    ["REST", "/api/v1/jobs"],
    ["an export", "/api/v1/jobs/01a21309-56b6-73e0-9775-8ba360482d8e/resources.csv"],
  ])("are refused without a look-up in the database: %s", async (_name, path) => {
    const address = newAddress();
    const statuses: number[] = [];
    let answers: Promise<unknown>[] = [];
    await whileLocked(limited.databaseUrl, "api_tokens", async () => {
      answers = times(30, async () => statuses.push(await send(limited.url, newTokenText(), address, path)));
      // The table is locked: an answer is one that needed no look-up.
      await vi.waitFor(() => expect(statuses).toEqual(times(20, () => 429)), { timeout: 8_000 });
    });
    await Promise.all(answers);
    expect(statuses).toEqual([...times(20, () => 429), ...times(10, () => 401)]);
  });

  it("are refused after the limit, whatever is wrong with them", async () => {
    const address = newAddress();
    const expired = await createToken(limited.databaseUrl, { expiresAt: new Date(Date.now() - 1_000) });
    const revoked = await createToken(limited.databaseUrl, { name: "revoked" });
    await limited.sql("update api_tokens set revoked_at = now() where name = 'revoked'");
    const forged = `${(await issuer.sign()).slice(0, -8)}AAAAAAAA`;
    const credentials = ["rsto_x", "s3cret", newTokenText(), expired, revoked, forged];
    const statuses: number[] = [];
    for (const token of [...credentials, ...credentials])
      statuses.push(await send(limited.url, token, address));
    expect(statuses).toEqual([...times(10, () => 401), 429, 429]);
  });

  it("cost a new token of that address no more than the wait that Retry-After names", async () => {
    const address = newAddress();
    await Promise.all(times(11, () => send(limited.url, newTokenText(), address)));
    const valid = await createToken(limited.databaseUrl);
    expect(await send(limited.url, valid, address)).toBe(429);
    expect(await send(limited.url, valid, newAddress())).toBe(200);
  });

  it("keep nobody out whose token was let in before, also when it has to be looked up again", async () => {
    const address = newAddress();
    const valid = await createToken(limited.databaseUrl);
    expect(await send(limited.url, valid, newAddress())).toBe(200);
    await Promise.all(times(11, () => send(limited.url, newTokenText(), address)));
    const { statements } = await observed(() =>
      vi.waitFor(
        async () => {
          const { answer, statements } = await observed(() => send(limited.url, valid, address));
          expect(answer === 429 ? "locked out" : statements).toContain("access.findTokens");
        },
        { timeout: 10_000, interval: 1_100 },
      ),
    );
    expect(statements.filter((name) => name === "access.findTokens")).toHaveLength(1);
  }, 15_000);

  it("keep nobody out whose JWT was let in before", async () => {
    const address = newAddress();
    const jwt = await issuer.sign();
    expect(await send(limited.url, jwt, address)).toBe(200);
    await Promise.all(times(11, () => send(limited.url, newTokenText(), address)));
    expect(await send(limited.url, jwt, address)).toBe(200);
    expect(await send(limited.url, await issuer.sign({ jti: "another" }), address)).toBe(429);
  });

  it("count by their address alone: valid tokens do not use the limit up", async () => {
    const address = newAddress();
    for (let i = 0; i < 12; i++) {
      expect(await send(limited.url, await createToken(limited.databaseUrl), address)).toBe(200);
    }
  });
});

/** How many requests have come in and not been answered. */
async function runningRequests(): Promise<number> {
  const metrics = await (await fetch(`${unlimited.metricsUrl}/metrics`)).text();
  return Number(/^results_storage_requests_running (\d+)/m.exec(metrics)?.[1]);
}

describe("While api_tokens is locked", () => {
  it("1,500 unknown tokens wait for one look-up beside the one that runs, and a valid one gets its answer", async () => {
    const valid = await createToken(unlimited.databaseUrl);
    const address = newAddress();
    const { answer, statements } = await observed(async () => {
      let answers: Promise<number>[] = [];
      await whileLocked(unlimited.databaseUrl, "api_tokens", async () => {
        answers = [send(unlimited.url, valid, address)];
        await vi.waitFor(async () =>
          expect(await unlimited.sql("select from pg_locks where not granted")).toHaveLength(1),
        );
        answers.push(...times(1_500, () => send(unlimited.url, newTokenText(), address)));
        await vi.waitFor(async () => expect(await runningRequests()).toBe(1_501), { timeout: 30_000 });
      });
      return Promise.all(answers);
    });
    const [first, ...others] = answer;
    expect(first).toBe(200);
    expect(new Set(others)).toEqual(new Set([401]));
    expect(statements.filter((name) => name === "access.findTokens")).toHaveLength(2);
  }, 60_000);

  it("for longer than a statement may wait, a token is answered with 503", async () => {
    const valid = await createToken(shortTimeout.databaseUrl);
    await whileLocked(shortTimeout.databaseUrl, "api_tokens", async () => {
      const tokens = [valid, valid, newTokenText(), newTokenText()];
      expect(await sorted(tokens.map((token) => send(shortTimeout.url, token, newAddress())))).toEqual([
        503, 503, 503, 503,
      ]);
    });
    expect(await send(shortTimeout.url, valid, newAddress())).toBe(200);
  });
});
