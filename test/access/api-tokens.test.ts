import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isTokenText, newTokenText } from "../../src/access/tokens.ts";
import { until } from "../database/embedded/server-process.ts";
import { store, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { createToken, get, withToken } from "./tokens.ts";

let reader: string;
let writer: string;
let anas: string;
let expired: string;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      reader = await createToken(url, { scope: "read", name: "reader" });
      writer = await createToken(url, { scope: "write", name: "writer" });
      anas = await createToken(url, { user: "ana", name: "ana's" });
      expired = await createToken(url, { expiresAt: new Date(Date.now() - 1_000) });
    },
  },
);

const QUERY = "{ jobs { totalCount } }";

const ask = (token: string | undefined) => withToken(service, token).query(QUERY);

/** A request to /graphql as it is answered, headers and all. */
async function raw(init: RequestInit): Promise<{ response: Response; text: string }> {
  const response = await fetch(`${service.url}/graphql`, init);
  return { response, text: await response.text() };
}

describe("The text of a token", () => {
  it("has a prefix, and a checksum that tells every typo", () => {
    const text = newTokenText();
    expect(text).toMatch(/^rsto_[0-9A-Za-z]{49}$/);
    expect(isTokenText(text)).toBe(true);
    const place = fc.nat(text.length - 1);
    const letter = fc.constantFrom(..."0123456789abcxyzABCXYZ_-");
    fc.assert(
      fc.property(place, letter, (at, other) => {
        const typo = text.slice(0, at) + other + text.slice(at + 1);
        expect(isTokenText(typo)).toBe(typo === text);
      }),
    );
    for (let end = 0; end < text.length; end++) expect(isTokenText(text.slice(0, end))).toBe(false);
  });

  it("is never the same twice", () => {
    expect(new Set(Array.from({ length: 1_000 }, newTokenText)).size).toBe(1_000);
  });
});

describe("A request with a token", () => {
  it("is served, at /graphql and at /api/v1", async () => {
    expect((await ask(reader)).data.jobs.totalCount).toBe(0);
    expect((await get(service, "/jobs", reader)).status).toBe(200);
  });

  it("takes the scheme's name in any case", async () => {
    const headers = { "content-type": "application/json", authorization: `bearer ${reader}` };
    const { response } = await raw({ method: "POST", headers, body: JSON.stringify({ query: QUERY }) });
    expect(response.status).toBe(200);
  });

  it("asks the database for the token once in a while, not each time", async () => {
    const token = await createToken(service.databaseUrl);
    const names = await statementsOf(() => Promise.all(Array.from({ length: 10 }, () => ask(token))));
    expect(names.filter((name) => name === "access.findTokens")).toHaveLength(1);
  });

  it("gets an answer that its browser may keep for good, and no proxy on the way", async () => {
    const id = await store(withToken(service, writer));
    const headers = { authorization: `Bearer ${reader}` };
    const answer = await fetch(`${service.url}/graphql?query={job(id:"${id}"){id}}`, { headers });
    expect(answer.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(answer.headers.get("vary")).toContain("authorization");
  });

  it("that is revoked is refused soon", async () => {
    const token = await createToken(service.databaseUrl, { name: "leaked" });
    expect((await ask(token)).status).toBe(200);
    await service.sql("update api_tokens set revoked_at = now() where name = 'leaked'");
    await until(async () => (await ask(token)).status === 401);
  });

  it("that expires meanwhile is refused at once, though it is remembered", async () => {
    const token = await createToken(service.databaseUrl, { expiresAt: new Date(Date.now() + 60_000) });
    expect((await ask(token)).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    try {
      expect((await ask(token)).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("A request that is refused", () => {
  const unknown = newTokenText();
  const REFUSED: [string, () => string | undefined, string][] = [
    ["without a token", () => undefined, "A token is required"],
    ["with a mistyped one", () => `${unknown.slice(0, -1)}_`, "its checksum is wrong"],
    ["with one that is cut off", () => unknown.slice(0, 20), "its checksum is wrong"],
    ["with an unknown one", () => unknown, "unknown, has expired, or is revoked"],
    ["with an expired one", () => expired, "unknown, has expired, or is revoked"],
    ["with something else", () => "s3cret", "neither an API token of this service nor a JWT"],
  ];

  it.each(REFUSED)("%s says so in GraphQL's shape, and does not repeat it", async (_name, token, reason) => {
    const { status, errors } = await ask(token());
    expect(status).toBe(401);
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    expect(errors?.[0]?.message).toContain(reason);
    expect(JSON.stringify(errors)).not.toContain(token() ?? "rsto_");
  });

  it.each(REFUSED)("%s is refused with a problem document by REST", async (_name, token, reason) => {
    const { status, headers, text } = await get(service, "/jobs", token());
    expect([status, headers.get("content-type")]).toEqual([401, "application/problem+json; charset=utf-8"]);
    expect(JSON.parse(text)).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
    expect(JSON.parse(text).detail).toContain(reason);
  });

  it("is told how to authenticate, as RFC 6750 has it", async () => {
    const none = await raw({ method: "POST" });
    expect(none.response.headers.get("www-authenticate")).toBe('Bearer realm="results-storage"');
    const wrong = await raw({ method: "POST", headers: { authorization: `Bearer ${unknown}` } });
    expect(wrong.response.headers.get("www-authenticate")).toBe(
      'Bearer realm="results-storage", error="invalid_token"',
    );
  });

  it.each(["Basic YTpi", "Bearer", "Bearer a b", `Token ${unknown}`])(
    "has no other scheme: %s",
    async (header) => {
      const { response, text } = await raw({ method: "POST", headers: { authorization: header } });
      expect(response.status).toBe(401);
      expect(text).toContain("The header must be Authorization: Bearer TOKEN.");
    },
  );

  it("runs no statement when its checksum is wrong", async () => {
    expect(await statementsOf(() => ask(`${unknown.slice(0, -1)}_`))).toEqual([]);
  });

  it("is refused before its body is read: however wrong that is, and whatever is asked for", async () => {
    const headers = { "content-type": "application/json" };
    const { response } = await raw({ method: "POST", headers, body: "{ this is no JSON" });
    expect(response.status).toBe(401);
    expect((await get(service, "/jobs/no-id")).status).toBe(401);
    expect((await get(service, "/openapi.json")).status).toBe(401);
  });
});

describe("Without a token", () => {
  it("health answers", async () => {
    for (const path of ["live", "ready"])
      expect((await fetch(`${service.url}/health/${path}`)).status).toBe(200);
  });

  it.each([
    "text/html,application/xhtml+xml",
    "Text/HTML",
    "application/xhtml+xml, text/html;q=0.9, application/json;q=0.1",
  ])("a browser that accepts %s gets the Sandbox", async (accept) => {
    const { response, text } = await raw({ headers: { accept } });
    expect(response.status).toBe(200);
    expect(text).toContain("<html");
  });

  it.each([
    ["an operation in the URL", `?query=${encodeURIComponent("{ __typename }")}`, "text/html"],
    ["an operation that wants JSON", `?query=${encodeURIComponent("{ __typename }")}`, "application/json"],
    ["no page", "", "application/json"],
    ["no page, which it excludes", "", "text/html;q=0, */*"],
    ["JSON rather than a page", "", "text/html;q=0.1, application/json"],
  ])("a browser's request for %s is refused", async (_name, search, accept) => {
    const response = await fetch(`${service.url}/graphql${search}`, { headers: { accept } });
    expect(response.status).toBe(401);
  });
});

describe("The scope read", () => {
  it("stores nothing over GraphQL", async () => {
    const { data, errors } = await tryToStore(withToken(service, reader));
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect(errors?.[0]?.message).toBe("This token has the scope read; the request needs write.");
  });

  it("is refused by REST before the body is read", async () => {
    const response = await fetch(`${service.url}/api/v1/store`, {
      method: "POST",
      headers: { authorization: `Bearer ${reader}`, "content-type": "application/json" },
      body: "{ this is no JSON",
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("The user of a token", () => {
  const userOf = async (id: string) =>
    (await withToken(service, reader).query("query ($id: ID!) { job(id: $id) { userId } }", { id })).data.job
      .userId;

  it("has stored what is stored with it", async () => {
    expect(await userOf(await store(withToken(service, anas)))).toBe("ana");
    expect(await userOf(await store(withToken(service, anas), { userId: "ana" }))).toBe("ana");
  });

  it("stores nothing as somebody else", async () => {
    const { errors } = await tryToStore(withToken(service, anas), { userId: "ben" });
    expect(errors?.[0]).toMatchObject({
      message: 'input.userId must be "ana", the user of this token, or omitted',
      extensions: { code: "FORBIDDEN" },
    });
  });

  it("is the input's when the token names none", async () => {
    expect(await userOf(await store(withToken(service, writer), { userId: "ben" }))).toBe("ben");
  });
});
