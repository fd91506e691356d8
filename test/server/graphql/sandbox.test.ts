import { describe, expect, it } from "vitest";
import { FIRST_QUERY } from "../../../src/server/graphql/first-query.ts";
import { store } from "../../support/estimates.ts";
import { startService } from "../../support/service.ts";

const service = startService();

describe("/graphql in a browser", () => {
  it("is Apollo Sandbox with an initial query", async () => {
    const page = await fetch(`${service.url}/graphql`, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toContain("text/html");
    const html = await page.text();
    expect(html).toContain("EmbeddedSandbox");
    expect(html).toContain("NewestEstimates");
  });

  it("has an initial query that succeeds", async () => {
    const id = await store(service);
    const { data, errors } = await service.query(FIRST_QUERY);
    expect(errors).toBeUndefined();
    expect(data.jobs.nodes[0].id).toBe(id);
  });

  it("has a bar with links above the Sandbox, which its style sheet permits", async () => {
    const page = await fetch(`${service.url}/graphql`, { headers: { accept: "text/html" } });
    const html = await page.text();
    const [, nonce] = /style-src 'nonce-(\w+)'/.exec(html) ?? [];
    expect(nonce).toMatch(/^\w{32,}$/);
    expect(html).toContain(`<style nonce="${nonce}">\n      .links`);
    expect(html).toContain('<a href="/explorer">');
  });
});

describe("Health", () => {
  it.each(["live", "ready"])("says %s", async (state) => {
    const answer = await fetch(`${service.url}/health/${state}`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: state }]);
  });
});
