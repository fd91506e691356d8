import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/database/embedded/embedded-postgres.ts";
import { migrations } from "../../src/database/migrations.ts";
import { removeFolder, temporaryFolder } from "../database/embedded/server-process.ts";
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
  it("prints the status, reverts a migration, and applies it again", async () => {
    const migrated = await migrate("status");
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    expect(migrated.stdout).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\S+Z {2}${names[0]}\n`));

    expect((await migrate("down")).stdout).toBe(`down  ${newest}\n`);
    expect((await migrate("status")).stdout).toContain(`pending  ${newest}\n`);
    expect((await migrate("up")).stdout).toBe(`up    ${newest}\n`);
    expect(await migrate("up")).toEqual({ code: 0, stdout: "Nothing to do.\n", stderr: "" });
  });

  it("ends with 2 for an invalid configuration, with all problems", async () => {
    const { code, stderr } = await run(["migrate", "up"], { env: { DATABASE_URL: "mysql://db", PORT: "x" } });
    expect(stderr).toContain("DATABASE_URL must be");
    expect(stderr).toContain("PORT must be");
    expect(code).toBe(2);
  });
});

describe("results-storage migrate, while a server runs the embedded database", () => {
  let folder: string;
  let held: EmbeddedPostgres;
  const beside = (command: string) => run(["migrate", command], { env: { DATA_DIR: folder } });

  beforeAll(async () => {
    folder = await temporaryFolder();
    held = await startEmbeddedPostgres(folder, () => {});
  });
  afterAll(async () => {
    await held.stop();
    await removeFolder(folder);
  });

  it("prints the status", async () => {
    const stdout = names.map((name) => `pending  ${name}\n`).join("");
    expect(await beside("status")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("refuses to change the schema of the running server", async () => {
    const { code, stderr } = await beside("down");
    expect(stderr).toContain(`${folder} is in use by another server process`);
    expect(code).toBe(1);
  });
});
