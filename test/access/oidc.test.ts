import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { createJwtVerifier } from "../../src/access/oidc.ts";
import { store, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { startIssuer } from "./issuer.ts";
import { get, withToken } from "./tokens.ts";

const issuer = await startIssuer();
const broken = await startIssuer();

const SETTINGS = [
  {
    issuer: issuer.url,
    audience: "results-storage",
    rules: [
      { claims: { repository: "acme/secret" }, scope: "read", projects: ["public"] },
      {
        claims: { repository: "acme/*", ref_protected: true },
        scope: "write",
        projects: ["{repository}", "{repository}/*"],
        user: "{actor}",
      },
      { claims: { repository_owner: ["dash", "board"] }, scope: "read", projects: "*" },
    ],
  },
  {
    issuer: broken.url,
    audience: "results-storage",
    rules: [{ claims: { repository: "acme/shop" }, scope: "write", projects: "*" }],
  },
];

const service = startService({ AUTH: "tokens", OIDC_ISSUERS: JSON.stringify(SETTINGS) });

const statusOf = async (jwt: string) => (await get(service, "/jobs", jwt)).status;
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1_000);

describe("A JWT of a configured issuer", () => {
  it("lets its repository store under its own name, as who started the workflow, and see no more", async () => {
    const shop = withToken(service, await issuer.sign());
    const id = await store(shop, { project: "acme/shop" });
    await store(shop, { project: "acme/shop/infra" });
    const { data } = await shop.query("query ($id: ID!) { job(id: $id) { userId project } }", { id });
    expect(data.job).toEqual({ userId: "ana", project: "acme/shop" });
    const { errors } = await tryToStore(shop, { project: "acme/other" });
    expect(errors?.[0]).toMatchObject({ extensions: { code: "FORBIDDEN" } });
    const other = withToken(service, await issuer.sign({ repository: "acme/other" }));
    expect((await other.query("{ jobs { totalCount } }")).data.jobs.totalCount).toBe(0);
    const dashboard = withToken(service, await issuer.sign({ repository: "x", repository_owner: "board" }));
    expect((await dashboard.query("{ jobs { totalCount } }")).data.jobs.totalCount).toBe(2);
  });

  it("is judged by the first rule that fits", async () => {
    const jwt = await issuer.sign({ repository: "acme/secret" });
    const { errors } = await tryToStore(withToken(service, jwt), { project: "acme/secret" });
    expect(errors?.[0]?.message).toContain("has the scope read");
  });

  it.each<[string, JWTPayload]>([
    ["of another owner", { repository: "evil/shop" }],
    ["of a repository that only begins alike", { repository: "acme/shop/x" }],
    ["of a branch that is not protected", { ref_protected: "false" }],
    ["without the claim", { repository: undefined }],
    ["without the claim that names the user", { actor: undefined }],
    ["whose claim could be taken for a pattern", { repository: "acme/*" }],
    ["whose claim is no text", { repository: ["acme/shop"] }],
    ["whose claim cannot be stored", { repository: "acme/\u0000" }],
  ])("%s is forbidden", async (_name, claims) => {
    const { status, text, headers } = await get(service, "/jobs", await issuer.sign(claims));
    expect([status, JSON.parse(text).code]).toEqual([403, "FORBIDDEN"]);
    expect(headers.get("www-authenticate")).toContain("insufficient_scope");
  });

  it("makes the service ask for keys once", async () => {
    expect(await statusOf(await issuer.sign())).toBe(200);
    const before = issuer.keyRequests;
    for (let i = 0; i < 5; i++) expect(await statusOf(await issuer.sign())).toBe(200);
    expect(issuer.keyRequests).toBe(before);
  });

  it("with keys that cannot be had is answered 503: it may be right", async () => {
    const jwt = await broken.sign();
    broken.fail();
    const { status, text } = await get(service, "/jobs", jwt);
    expect([status, JSON.parse(text).code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
  });
});

describe("The keys of an issuer that fails", () => {
  const faults: unknown[] = [];

  it("stay good, and it is not asked with every JWT whose key nobody knows", async () => {
    const failing = await startIssuer();
    const rules = [{ claims: { repository: "acme/shop" }, scope: "read" as const, projects: "*" as const }];
    const verify = createJwtVerifier(
      [{ issuer: failing.url, audience: "results-storage", rules }],
      (error) => void faults.push(error),
    );
    const [known, unknown] = [await failing.sign(), await failing.sign({}, { kid: "unknown" })];
    await verify(known);
    failing.fail();
    const asked = failing.keyRequests;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 40_000 });
    try {
      await expect(verify(unknown)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      for (let i = 0; i < 5; i++)
        await expect(verify(unknown)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      expect(await verify(known)).toMatchObject({ scope: "read" });
    } finally {
      vi.useRealTimers();
    }
    expect(failing.keyRequests).toBe(asked + 1);
    expect(faults).toHaveLength(1);
  });
});

describe("A key that the issuer has just rotated", () => {
  const rules = [{ claims: { repository: "acme/shop" }, scope: "read" as const, projects: "*" as const }];
  const start = async () => {
    const rotating = await startIssuer();
    const verify = createJwtVerifier(
      [{ issuer: rotating.url, audience: "results-storage", rules }],
      () => undefined,
    );
    await verify(await rotating.sign());
    return { rotating, verify };
  };
  const UNAVAILABLE = { code: "SERVICE_UNAVAILABLE" };

  it.each([
    ["under a new name", "two"],
    ["under the old name", "one"],
  ])("is good at once: %s", async (_name, kid) => {
    const { rotating, verify } = await start();
    await rotating.rotate(kid);
    const jwts = await Promise.all([rotating.sign(), rotating.sign()]);
    expect(await verify(jwts[0])).toMatchObject({ scope: "read" });
    expect(await verify(jwts[1])).toMatchObject({ scope: "read" });
  });

  it("is good for all who send it at the same time, and read once", async () => {
    const { rotating, verify } = await start();
    const before = rotating.keyRequests;
    await rotating.rotate("two");
    const jwt = await rotating.sign();
    expect(await Promise.all([verify(jwt), verify(jwt), verify(jwt)])).toHaveLength(3);
    expect(rotating.keyRequests).toBe(before + 1);
  });

  it("is answered 503 while the keys were read for another unknown key a moment ago", async () => {
    const { rotating, verify } = await start();
    await expect(verify(await rotating.sign({}, { kid: "nobody's" }))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    await rotating.rotate("two");
    const jwt = await rotating.sign();
    const before = rotating.keyRequests;
    await expect(verify(jwt)).rejects.toMatchObject(UNAVAILABLE);
    expect(rotating.keyRequests).toBe(before);
    const passed = performance.now() + 5_000;
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      vi.advanceTimersByTime(passed);
      expect(await verify(jwt)).toMatchObject({ scope: "read" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("cannot be kept out by signatures that do not fit", async () => {
    const { rotating, verify } = await start();
    const { privateKey } = await generateKeyPair("RS256");
    const forged = await rotating.sign({}, { key: privateKey });
    for (let i = 0; i < 5; i++)
      await expect(verify(forged)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await rotating.rotate("two");
    expect(await verify(await rotating.sign())).toMatchObject({ scope: "read" });
  });
});

describe("A JWT is refused", () => {
  it.each<[string, () => JWTPayload]>([
    ["of another audience", () => ({ aud: "somebody else" })],
    ["without an audience", () => ({ aud: undefined })],
    ["that has expired", () => ({ exp: now() - 60 })],
    ["that never expires", () => ({ exp: undefined })],
    ["that does not say when it was made", () => ({ iat: undefined })],
    ["that was made in the future", () => ({ iat: now() + 60 })],
    ["that says in milliseconds when it was made", () => ({ iat: Date.now() })],
    ["that is good for ten years", () => ({ exp: now() + 315_360_000 })],
    ["that was made two days ago", () => ({ iat: now() - 172_800 })],
    ["that has an endless life", () => ({ exp: 1e300 })],
    ["whose times are no numbers", () => ({ iat: "now" as unknown as number })],
    ["whose subject is no text", () => ({ sub: 5 as unknown as string })],
    ["whose subject is empty", () => ({ sub: "" })],
    ["that is not valid yet", () => ({ nbf: now() + 60 })],
    ["of an issuer that is not configured", () => ({ iss: "https://issuer.example.com" })],
    ["that names no subject", () => ({ sub: undefined })],
  ])("%s", async (_name, claims) => {
    expect(await statusOf(await issuer.sign(claims()))).toBe(401);
  });

  it.each<[string, (payload: string, signature: string) => string]>([
    ["without a signature", (payload) => `${encoded({ alg: "RS256", kid: "one" })}.${payload}.`],
    [
      "with a critical header",
      (p, s) => `${encoded({ alg: "RS256", kid: "one", crit: ["x"], x: 1 })}.${p}.${s}`,
    ],
    [
      "whose payload is not encoded",
      (p, s) => `${encoded({ alg: "RS256", kid: "one", b64: false })}.${p}.${s}`,
    ],
    [
      "of an algorithm that the key is not for",
      (p, s) => `${encoded({ alg: "ES256", kid: "one" })}.${p}.${s}`,
    ],
    ["of an unknown algorithm", (p, s) => `${encoded({ alg: "XX", kid: "one" })}.${p}.${s}`],
    ["whose algorithm is no text", (p, s) => `${encoded({ alg: 5, kid: "one" })}.${p}.${s}`],
    ["with a header that is a list", (p, s) => `${encoded([])}.${p}.${s}`],
    ["with a header that is null", (p, s) => `${encoded(null)}.${p}.${s}`],
    ["whose payload is null", (_p, s) => `${encoded({ alg: "RS256", kid: "one" })}.${encoded(null)}.${s}`],
    ["whose issuer is an object", (_p, s) => `${encoded({ alg: "RS256" })}.${encoded({ iss: {} })}.${s}`],
    ["of four parts", (p, s) => `${encoded({ alg: "RS256" })}.${p}.${s}.${s}`],
    ["of dots", () => ".."],
  ])("%s", async (_name, make) => {
    const [, payload = "", signature = ""] = (await issuer.sign()).split(".");
    expect(await statusOf(make(payload, signature))).toBe(401);
  });

  it("not for a clock that is a little off", async () => {
    expect(await statusOf(await issuer.sign({ exp: now() - 10 }))).toBe(200);
    expect(await statusOf(await issuer.sign({ nbf: now() + 10, iat: now() + 10 }))).toBe(200);
  });

  it("signed by somebody else's key, also under the issuer's key's name", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    expect(await statusOf(await issuer.sign({}, { key: privateKey }))).toBe(401);
    expect(await statusOf(await issuer.sign({}, { key: privateKey, kid: "two" }))).toBe(401);
  });

  it("that is not signed at all, or with a secret that everybody knows", async () => {
    const [, payload] = (await issuer.sign()).split(".");
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    expect(await statusOf(none)).toBe(401);
    const { publicKey } = await generateKeyPair("RS256", { extractable: true });
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
    const symmetric = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(secret);
    expect(await statusOf(symmetric)).toBe(401);
  });

  it("with a payload that was changed", async () => {
    const [header, , signature] = (await issuer.sign()).split(".");
    const [, other] = (await issuer.sign({ repository: "acme/other" })).split(".");
    expect(await statusOf(`${header}.${other}.${signature}`)).toBe(401);
  });
});
