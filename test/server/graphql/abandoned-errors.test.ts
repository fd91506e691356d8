import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { estimate } from "../../support/estimates.ts";
import { endServed, serve, stop, urlOf } from "../../support/served.ts";
import { postGraphql } from "../../support/service.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await endServed();
  await database.drop();
});

describe("A query in which the second item of a list fails before the first", () => {
  it("does not end the server", async () => {
    const server = serve({ DATABASE_URL: database.url });
    const url = await urlOf(server);
    const query = (text: string, variables: object) =>
      postGraphql(url, JSON.stringify({ query: text, variables }));
    // The older job has a warning, which is the second item.
    for (const currency of [null, "USD"]) {
      const input = { estimate: estimate({ currency }) };
      await query("mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }", {
        input,
      });
    }
    const { errors } = await query(
      `query ($maybe: Boolean = true) {
        jobs { nodes { warnings { code @include(if: $maybe) } resources(after: "x") { totalCount } } }
      }`,
      { maybe: null },
    );
    expect(errors).toMatchObject([{ path: ["jobs", "nodes", 1, "warnings", 0] }]);
    expect((await query("{ __typename }", {})).data).toEqual({ __typename: "Query" });
    await stop(server);
    expect(server.stderr).toContain("a field failed after the response");
  });
});
