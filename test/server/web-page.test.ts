import { describe, expect, it } from "vitest";
import { createToken } from "../access/tokens.ts";
import { startService } from "../support/service.ts";

const open = startService();
const closed = startService({ INTROSPECTION: "off" });
const guarded = startService({ AUTH: "tokens" }, { prepare: async (url) => void (await createToken(url)) });

/** A page, as a browser requests it. */
async function page(url: string) {
  const { status, headers, ...response } = await fetch(url, { headers: { accept: "text/html" } }).then(
    async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() }),
  );
  return { status, policy: headers.get("content-security-policy") ?? "", headers, ...response };
}

/** The files that a page names. */
function filesOf(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
}

describe("The pages / and /explorer", () => {
  it.each(["/", "/explorer"])("%s loads everything from its own origin", async (path) => {
    const { status, policy, text } = await page(open.url + path);
    expect(status).toBe(200);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(filesOf(text).length).toBeGreaterThan(1);
  });

  it("permit styles in scripts for the explorer only", async () => {
    expect((await page(`${open.url}/`)).policy).toContain("require-trusted-types-for 'script'");
    expect((await page(`${open.url}/`)).policy).not.toContain("unsafe-inline");
    expect((await page(`${open.url}/explorer`)).policy).toContain("style-src 'self' 'unsafe-inline'");
  });

  it.each(["/", "/explorer"])("%s is revalidated, and its files are immutable", async (path) => {
    const { headers, text } = await page(open.url + path);
    expect(headers.get("cache-control")).toBe("no-cache");
    for (const file of filesOf(text)) {
      const answer = await fetch(open.url + file, { headers: { "accept-encoding": "gzip" } });
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([
        200,
        "public, max-age=31536000, immutable",
      ]);
      expect(answer.headers.get("content-encoding")).toBe("gzip");
    }
  });

  it("need no token", async () => {
    expect((await page(`${guarded.url}/`)).status).toBe(200);
    expect((await page(`${guarded.url}/explorer`)).status).toBe(200);
  });

  it("do not exist with another path", async () => {
    expect((await page(`${open.url}/assets/nothing.js`)).status).toBe(404);
    expect((await page(`${open.url}/assets/..%2findex.html`)).status).not.toBe(200);
    expect((await page(`${open.url}/explorer/index.html`)).status).toBe(404);
  });

  it("have links to each other", async () => {
    const explorer = (await page(`${open.url}/explorer`)).text;
    expect(explorer).toContain('href="/graphql"');
    expect(explorer).toContain('href="/"');
    expect((await page(`${open.url}/graphql`)).text).toContain('href="/explorer"');
  });
});

describe("With INTROSPECTION=off", () => {
  it.each(["/graphql", "/explorer"])("%s explains that introspection is off", async (path) => {
    const { status, text } = await page(closed.url + path);
    expect(status).toBe(200);
    expect(text).toContain("Introspection is off");
    for (const file of filesOf(text)) expect((await fetch(closed.url + file)).status).toBe(200);
  });

  it("/ is the same page", async () => {
    expect((await page(`${closed.url}/`)).text).toBe((await page(`${open.url}/`)).text);
  });
});
