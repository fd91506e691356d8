import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyFiles } from "../integrity/key-files.ts";
import { run } from "../support/command-line.ts";
import { createTestDatabase } from "../support/database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";
import { sqlAs } from "../support/sql-as.ts";

const { privateKey } = await keyFiles();

const COMMANDS = [
  { args: ["verify"], code: 3 },
  { args: ["checkpoint", "--key", privateKey], code: 1 },
  { args: ["token", "list"], code: 1 },
  { args: ["token", "create", "--name", "ci", "--scope", "read"], code: 1 },
  { args: ["token", "revoke", "ci"], code: 1 },
  { args: ["purge", "--older-than", "1d"], code: 1 },
  { args: ["purge", "--older-than", "1d", "--dry-run"], code: 1 },
  { args: ["migrate", "status"], code: 1 },
  { args: ["migrate", "down"], code: 1 },
];

describe.concurrent("A command for stored jobs, in a folder without data", () => {
  it.each(COMMANDS)("creates no database, and says that there is no data: $args", async ({ args, code }) => {
    const cwd = await scratchFolder();
    const ended = await run(args, { cwd });
    expect(ended.stderr).toContain(
      `There is no data in ${join(cwd, "data")}. Set DATA_DIR to the data folder of the server, ` +
        "or DATABASE_URL to its database.",
    );
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(await readdir(cwd)).toEqual([]);
  });

  it("says the same about a DATA_DIR that does not exist", async () => {
    const cwd = await scratchFolder();
    const { code, stderr } = await run(["token", "list"], { cwd, env: { DATA_DIR: "no/such/folder" } });
    expect(stderr).toContain(`There is no data in ${join(cwd, "no/such/folder")}.`);
    expect(code).toBe(1);
    expect(await readdir(cwd)).toEqual([]);
  });
});

it("results-storage migrate status creates no table in the database", async () => {
  const database = await createTestDatabase();
  try {
    await sqlAs(database.url, undefined, "drop schema public cascade; create schema public");
    const { code, stdout } = await run(["migrate", "status"], { env: { DATABASE_URL: database.url } });
    expect(stdout).toMatch(/^(?:pending {2}\S+\n)+$/);
    expect(code).toBe(0);
    const tables = await sqlAs(database.url, undefined, "select from pg_tables where schemaname = 'public'");
    expect(tables).toEqual([]);
  } finally {
    await database.drop();
  }
});
