import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../../src/database/migrations.ts";
import { run } from "../support/command-line.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const names = migrations.map(({ name }) => name);
const newest = names.at(-1);

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const migrate = (command: string, databaseUrl = database.url) =>
  run(["migrate", command], { env: { DATABASE_URL: databaseUrl } });

describe("results-storage migrate", () => {
  it("says where the database is, takes a migration back, and runs it again", async () => {
    const migrated = await migrate("status");
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    expect(migrated.stdout).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\S+Z {2}${names[0]}\n`));

    expect((await migrate("down")).stdout).toBe(`down  ${newest}\n`);
    expect((await migrate("status")).stdout).toContain(`pending  ${newest}\n`);
    expect((await migrate("up")).stdout).toBe(`up    ${newest}\n`);
    expect(await migrate("up")).toEqual({ code: 0, stdout: "Nothing to do.\n", stderr: "" });
  });

  it("ends with 2 when the configuration cannot be used, listing everything", async () => {
    const { code, stderr } = await run(["migrate", "up"], { env: { DATABASE_URL: "mysql://db", PORT: "x" } });
    expect(stderr).toContain("DATABASE_URL must be");
    expect(stderr).toContain("PORT must be");
    expect(code).toBe(2);
  });
});
