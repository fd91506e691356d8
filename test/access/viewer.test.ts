import { describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { createToken, withToken } from "./tokens.ts";

let ana: string;
let ben: string;
let bound: string;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      ana = await createToken(url, { name: "ana", scope: "admin" });
      ben = await createToken(url, { name: "ben", scope: "read" });
      bound = await createToken(url, { name: "bound", projects: ["acme/shop", "acme/shop/*"] });
    },
  },
);
const unguarded = startService();

const QUERY = "{ viewer { name scope projects } }";

const ask = async (token: string) => (await withToken(service, token).query(QUERY)).data;

describe("Query.viewer", () => {
  it("has the name and the scope of the token", async () => {
    expect(await ask(ana)).toEqual({ viewer: { name: "ana", scope: "ADMIN", projects: null } });
  });

  it("has the projects of a bound token", async () => {
    expect(await ask(bound)).toEqual({
      viewer: { name: "bound", scope: "WRITE", projects: ["acme/shop", "acme/shop/*"] },
    });
  });

  it("is not cached for another token that sees the same jobs", async () => {
    await ask(ana);
    expect(await ask(ben)).toEqual({ viewer: { name: "ben", scope: "READ", projects: null } });
  });

  it("removes the permission to cache a GET of an immutable job", async () => {
    const id = await store(withToken(service, ana));
    const query = `{ job(id: "${id}") { id } viewer { name } }`;
    const { headers } = await fetch(`${service.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { authorization: `Bearer ${ana}` },
    });
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("is UNAUTHENTICATED without a token", async () => {
    const { status, errors } = await service.query(QUERY);
    expect([status, errors?.[0]?.extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
  });

  it("may do everything on a server without access control", async () => {
    const { data } = await unguarded.query(QUERY);
    expect(data).toEqual({ viewer: { name: "anyone", scope: "ADMIN", projects: null } });
  });
});
