import { describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";

const open = startService();
const closed = startService({ INTROSPECTION: "off" });

/** Misspelt names: in the text of a query, in a variable, and in a literal. */
const MISTAKES: [string, string, object?][] = [
  ["a field", "{ jobz { totalCount } }"],
  ["an argument", "{ jobs(frist: 1) { totalCount } }"],
  ["a type", "query ($f: JobFilte) { jobs(filter: $f) { totalCount } }"],
  ["a value", "{ jobs(orderBy: CREATED_AT_DES) { totalCount } }"],
  [
    "a field of a variable",
    "query ($f: JobFilter) { jobs(filter: $f) { totalCount } }",
    { f: { projekt: "x" } },
  ],
  [
    "a value in a variable",
    "query ($f: JobFilter) { jobs(filter: $f) { totalCount } }",
    { f: { profile: "PRO" } },
  ],
];

describe("An error in the name of", () => {
  it.each(MISTAKES)("%s is answered with a suggestion", async (_what, query, variables) => {
    expect(JSON.stringify((await open.query(query, variables)).errors)).toContain("Did you mean");
  });

  it.each(MISTAKES)(
    "%s discloses nothing of the schema with INTROSPECTION=off",
    async (_w, query, variables) => {
      const { errors } = await closed.query(query, variables);
      expect(errors?.[0]?.message).toMatch(/\S/);
      expect(JSON.stringify(errors)).not.toContain("Did you mean");
    },
  );
});

describe("INTROSPECTION=off", () => {
  it.each(["{ __schema { types { name } } }", '{ __type(name: "Job") { name } }'])(
    "refuses %s",
    async (query) => {
      const { errors } = await closed.query(query);
      expect(errors).toMatchObject([
        {
          message: expect.stringContaining("Introspection is disabled"),
          extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
        },
      ]);
    },
  );

  it("replaces the Sandbox by an explanation", async () => {
    const page = await fetch(`${closed.url}/graphql`, { headers: { accept: "text/html, */*;q=0.8" } });
    const html = await page.text();
    expect([page.status, html.includes("Sandbox.umd")]).toEqual([200, false]);
    expect(html).toContain("<code>INTROSPECTION=on</code>");
  });

  it("permits __typename, which clients need", async () => {
    expect((await closed.query("{ __typename }")).data).toEqual({ __typename: "Query" });
  });
});
