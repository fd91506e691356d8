import type { MikroORM } from "@mikro-orm/postgresql";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../src/database/columns.ts";
import { createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { insertedColumns, rowSource } from "../../src/database/row-source.ts";
import { rows, sql } from "../../src/database/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { decimal } from "../support/decimals.ts";

let database: TestDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await createOrm({ url: database.url, poolSize: 1, log: pino({ level: "silent" }) });
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

const RESOURCES = insertedColumns("cost_results", [
  "costRank",
  "resourceId",
  "totalMonthlyCost",
  "confidenceScore",
  "tags",
  "shardKey",
]);
const JOBS = insertedColumns("jobs", ["id", "project", "estimatedAt", "statedComplete", "resourceCount"]);

type Resource = Pick<Row<"cost_results">, (typeof RESOURCES.names)[number]>;
type Job = Pick<Row<"jobs">, (typeof JOBS.names)[number]>;

/** Text with every character that PostgreSQL stores. Delimiters and other control characters are frequent. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(..."\x01\x1c\x1d\x1e\x1f\x20\\\"'{},\r\n\u2028", "NULL"),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    ),
  })
  .map((any) => any.replaceAll("\0", ""));

const resource: fc.Arbitrary<Resource> = fc.record({
  costRank: fc.nat(),
  resourceId: text,
  totalMonthlyCost: fc.option(decimal()),
  confidenceScore: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  tags: fc.dictionary(text, fc.oneof(text, fc.constant(null), fc.constant(JSON.rawJSON("5.10")))),
  shardKey: fc.nat(32_767),
});

const job: fc.Arbitrary<Job> = fc.record({
  id: fc.uuid(),
  project: fc.option(text),
  estimatedAt: fc.option(
    fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
  ),
  statedComplete: fc.option(fc.boolean()),
  resourceCount: fc.nat(),
});

function select(list: typeof RESOURCES.list, from: typeof RESOURCES.list) {
  return rows(new Database(orm.em.fork()), { name: "test" }, sql`select ${list} from ${from}`);
}

function records(values: readonly object[]): string {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return JSON.stringify(
    values.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value]))),
  );
}

describe("Rows of a parameter", () => {
  it("are those that PostgreSQL reads from JSON, with delimiters in texts or without", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(resource, { maxLength: 5 }), async (values) => {
        expect(
          await select(
            RESOURCES.list,
            rowSource(RESOURCES, values, (row) => row),
          ),
        ).toEqual(
          await select(
            RESOURCES.list,
            sql`json_populate_recordset(null::cost_results, ${records(values)}::json)`,
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("have times, booleans and ids", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 5 }), async (values) => {
        expect(
          await select(
            JOBS.list,
            rowSource(JOBS, values, (row) => row),
          ),
        ).toEqual(
          await select(JOBS.list, sql`json_populate_recordset(null::jobs, ${records(values)}::json)`),
        );
      }),
    );
  });

  const textOf = (resourceId: string, tags: Resource["tags"] = {}) => {
    const values = { costRank: 0, totalMonthlyCost: null, confidenceScore: null, shardKey: 0 };
    const source = rowSource(RESOURCES, [{ ...values, resourceId, tags }], (row) => row);
    return new Database(orm.em.fork()).compile(source).sql;
  };

  it.each(["\x1d", "\x1e", "\x1f"])("are JSON if a text contains the delimiter %j", (delimiter) => {
    expect(textOf(`a${delimiter}`)).toContain("json_populate_recordset");
  });

  it.each(["", "\x1c", "\x20", "NULL", "\\N"])("are text otherwise: %j", (other) => {
    expect(textOf(other)).toContain("string_to_array");
  });

  it("are text if only JSON contains delimiters", () => {
    expect(textOf("a", { "\x1d": "\x1e\x1f" })).toContain("string_to_array");
  });

  it("are refused for columns of an unknown type", () => {
    expect(() => insertedColumns("api_tokens", ["id", "projects"])).toThrow(
      "The column api_tokens.projects has an unknown type.",
    );
  });
});
