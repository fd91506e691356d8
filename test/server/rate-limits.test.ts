import { describe, expect, it } from "vitest";
import { newTokenText } from "../../src/access/tokens.ts";
import { createToken } from "../access/tokens.ts";
import { startService } from "../support/service.ts";

const direct = startService({ RATE_LIMIT: "1" });
const proxied = startService({ RATE_LIMIT: "1", TRUST_PROXY: "1" });
const listed = startService({ RATE_LIMIT: "1", TRUST_PROXY: "127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48" });
const unlimited = startService();
let [one, another, told]: string[] = [];
const guarded = startService(
  { RATE_LIMIT: "1", AUTH: "tokens" },
  {
    prepare: async (url) => {
      [one, another, told] = [await createToken(url), await createToken(url), await createToken(url)];
    },
  },
);

/** The statuses of a number of consecutive requests. */
async function statuses(count: number, url: string, headers: (n: number) => Record<string, string>) {
  const found: number[] = [];
  for (let n = 0; n < count; n++) {
    const response = await fetch(`${url}/api/v1/openapi.json`, { headers: headers(n) });
    await response.text();
    found.push(response.status);
  }
  return found;
}

const TEN = Array(10).fill(200);

describe("More requests than allowed", () => {
  it("are rejected by token, while other tokens are accepted", async () => {
    const of = (token?: string) => () => ({ authorization: `Bearer ${token}` });
    expect(await statuses(11, guarded.url, of(one))).toEqual([...TEN, 429]);
    expect(await statuses(1, guarded.url, of(another))).toEqual([200]);
  });

  it("are rejected by address when their tokens are unknown, while valid tokens are accepted", async () => {
    const unknown = () => ({ authorization: `Bearer ${newTokenText()}` });
    expect(await statuses(11, guarded.url, unknown)).toEqual([...Array(10).fill(401), 429]);
    expect(await statuses(1, guarded.url, () => ({}))).toEqual([429]);
    expect(await statuses(1, guarded.url, () => ({ authorization: `Bearer ${another}` }))).toEqual([200]);
  });

  it("are rejected by address when they have no token, whatever X-Forwarded-For contains", async () => {
    const forwarded = (n: number) => ({ "x-forwarded-for": `192.0.2.${n}` });
    expect(await statuses(11, direct.url, forwarded)).toEqual([...TEN, 429]);
  });

  it("receive the reason, and the time of the next attempt", async () => {
    const headers = { authorization: `Bearer ${told}`, "content-type": "application/json" };
    const ask = () =>
      fetch(`${guarded.url}/graphql`, { method: "POST", headers, body: '{"query":"{__typename}"}' });
    for (const _ of TEN) await (await ask()).text();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(10);
    expect(await refused.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining("1 requests a second"),
          extensions: { code: "TOO_MANY_REQUESTS" },
        },
      ],
    });
  });

  it("are rejected by the address that a trusted proxy forwards", async () => {
    expect(await statuses(11, proxied.url, (n) => ({ "x-forwarded-for": `192.0.2.${n}` }))).toEqual([
      ...TEN,
      200,
    ]);
    expect(await statuses(11, proxied.url, () => ({ "x-forwarded-for": "192.0.2.99" }))).toEqual([
      ...TEN,
      429,
    ]);
    // Addresses further left were written before the proxy.
    expect(
      await statuses(2, proxied.url, (n) => ({ "x-forwarded-for": `198.51.100.${n}, 192.0.2.99` })),
    ).toEqual([429, 429]);
  });

  it.each([
    ["IPv4 with a port", (n: number) => `203.0.113.1:${1000 + n}`],
    ["IPv6 in brackets with a port", (n: number) => `[2001:db8:0:1::1]:${1000 + n}`],
    ["IPv6 with a port and without brackets", (n: number) => `2001:db8:0:2:0:0:0:1:${10000 + n}`],
    ["IPv6 in brackets and quotes with a port", (n: number) => `"[2001:db8:0:3::1]:${1000 + n}"`],
    ["IPv6 of one /64 network", (n: number) => `2001:db8:0:4::${n}`],
    ["IPv6 with a zone", (n: number) => `fe80::1%${n}`],
    ["IPv4 in IPv6 with a port", (n: number) => `[::ffff:203.0.113.2]:${1000 + n}`],
    ["several addresses with ports", (n: number) => `198.51.100.${n}:80, 203.0.113.3:${1000 + n}`],
  ])("are rejected by the forwarded address alone: %s", async (_form, forwarded) => {
    const headers = (n: number) => ({ "x-forwarded-for": forwarded(n) });
    expect(await statuses(11, proxied.url, headers)).toEqual([...TEN, 429]);
  });

  it.each([
    ["with a port", (n: number) => `192.0.2.50:${1000 + n}`],
    [
      "behind proxies with ports",
      (n: number) => `192.0.2.51:${1000 + n}, 10.1.2.3:80, [2001:db8:ffff::1]:${2000 + n}`,
    ],
  ])(
    "are rejected by the last forwarded address that is not a listed proxy: %s",
    async (_what, forwarded) => {
      const headers = (n: number) => ({ "x-forwarded-for": `198.51.100.${n}, ${forwarded(n)}` });
      expect(await statuses(11, listed.url, headers)).toEqual([...TEN, 429]);
    },
  );

  it.each(["unknown", "", ",", "_hidden:80", "[", "[]:1", "999.1.1.1:2", "::1%", "%"])(
    "are counted also when the proxy forwards no address but %j",
    async (forwarded) => {
      expect(await statuses(1, proxied.url, () => ({ "x-forwarded-for": forwarded }))).toEqual([200]);
    },
  );

  it("are answered when there is no limit, and requests for health always", async () => {
    expect(await statuses(20, unlimited.url, () => ({}))).toEqual([...TEN, ...TEN]);
    for (const _ of [...TEN, 11]) expect((await fetch(`${direct.url}/health/live`)).status).toBe(200);
  });
});
