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

  it("is the target of the redirect from the root", async () => {
    const { status, headers } = await fetch(service.url, { redirect: "manual" });
    expect([status, headers.get("location")]).toEqual([302, "/graphql"]);
  });
});

describe("Health", () => {
  it.each(["live", "ready"])("says %s", async (state) => {
    const answer = await fetch(`${service.url}/health/${state}`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: state }]);
  });
});
