import { readFile } from "node:fs/promises";
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { serve, urlOf } from "../../support/served.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function sorted(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

describe("The built program", () => {
  it("has the schema of the sources: a bundle may rename classes, from which types have their names", async () => {
    const url = await urlOf(serve({ DATABASE_URL: database.url }));
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true }) }),
    });
    const { data } = (await response.json()) as { data: Parameters<typeof buildClientSchema>[0] };
    const expected = buildSchema(await readFile("schema.graphql", "utf8"));
    expect(sorted(buildClientSchema(data))).toBe(sorted(expected));
  });
});
