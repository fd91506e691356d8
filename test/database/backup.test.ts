import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded-postgres.ts";
import { sqlAs } from "../support/sql-as.ts";
import { type Answers, answersFrom, storeJobs } from "./answers.ts";
import { removeFolder, temporaryFolder } from "./embedded/server-process.ts";
import { findPostgresTools, startPostgres } from "./postgres-tools.ts";

const execute = promisify(execFile);

const ROLES = ["results_storage_server", "results_storage_retention", "results_storage_reader"];

/** PostgreSQLs are made here, and services started, which takes long on a busy machine. */
const TIMEOUT_MS = 120_000;

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => removeFolder(folder))));

async function newFolder(): Promise<string> {
  const folder = await temporaryFolder();
  folders.push(folder);
  return folder;
}

function expectWhole(answers: Answers): void {
  expect(JSON.parse(answers.jobs).data.jobs).toMatchObject({ totalCount: 3 });
  expect(answers.jobs).toContain("12.000000000000000000000000000001");
  expect(JSON.parse(answers.retry).data.storeEstimate.created).toBe(false);
}

async function withEmbedded<Result>(dataDir: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const postgres = await startEmbeddedPostgres(dataDir, () => {});
  return use(postgres.url).finally(postgres.stop);
}

describe("A copy of DATA_DIR, made while the server is stopped", { timeout: TIMEOUT_MS }, () => {
  it("answers everything as the original did", async () => {
    const [original, restored] = [await newFolder(), await newFolder()];
    const archive = join(await newFolder(), "backup.tar.gz");
    const before = await withEmbedded(original, async (url) => {
      await storeJobs(url);
      return answersFrom(url);
    });
    await execute("tar", ["-C", original, "-czf", archive, "."]);
    await execute("tar", ["-C", restored, "-xzpf", archive]);
    expectWhole(before);
    expect(await withEmbedded(restored, answersFrom)).toEqual(before);
  });
});

const tools = await findPostgresTools();

// The embedded PostgreSQL brings no pg_dump: this needs the machine's own PostgreSQL, of any version that we serve.
describe.skipIf(tools === undefined)(
  "A dump of an existing PostgreSQL by pg_dump",
  { timeout: TIMEOUT_MS },
  () => {
    it("is refused without the roles, and restored with them by another owner answers everything as the original did", async () => {
      if (tools === undefined) return;
      const folder = await newFolder();
      const postgres = await startPostgres(tools, join(folder, "data"));
      try {
        const url = `${postgres.url}/costs`;
        const administer = (text: string) => sqlAs(`${postgres.url}/postgres`, undefined, text);
        await administer("create database costs");
        await storeJobs(url);
        const before = await answersFrom(url);
        const dump = join(folder, "costs.dump");
        await execute(tools.pgDump, ["--format=custom", `--dbname=${url}`, `--file=${dump}`]);

        await administer("drop database costs");
        for (const role of ROLES) await administer(`drop role ${role}`);
        await administer("create role another_owner login");
        await administer("create database costs owner another_owner");
        const restored = url.replace("//owner@", "//another_owner@");
        const options = ["--exit-on-error", "--single-transaction", "--no-owner", `--dbname=${restored}`];
        const restore = () => execute(tools.pgRestore, [...options, dump]);
        await expect(restore()).rejects.toThrow(/role "results_storage_\w+" does not exist/);
        for (const role of ROLES) await administer(`create role ${role} nologin`);
        await administer(`grant ${ROLES.join(", ")} to another_owner`);
        await restore();

        expectWhole(before);
        expect(await answersFrom(restored)).toEqual(before);
        await expect(sqlAs(restored, undefined, "delete from jobs")).rejects.toThrow();

        // As documented for a server without the package of pg_trgm.
        const page = await readFile(new URL("../../docs/operations/backup.md", import.meta.url), "utf8");
        const [, pattern = ""] = /grep -vE '([^']+)'/.exec(page) ?? [];
        const { stdout: list } = await execute(tools.pgRestore, ["--list", dump]);
        const kept = list.split("\n").filter((line) => !new RegExp(pattern).test(line));
        await writeFile(join(folder, "costs.list"), kept.join("\n"));
        await administer("create database reduced owner another_owner");
        const reduced = restored.replace(/costs$/, "reduced");
        const useList = `--use-list=${join(folder, "costs.list")}`;
        await execute(tools.pgRestore, [...options.slice(0, 3), `--dbname=${reduced}`, useList, dump]);
        const left = "select extname as name from pg_extension union select indexname from pg_indexes";
        const names = (await sqlAs(reduced, undefined, left)).map(({ name }) => name);
        expect(names).toContain("idx_jobs_search_prefix");
        expect(names).not.toContain("idx_jobs_search");
        expect(names).not.toContain("pg_trgm");
        expect(await answersFrom(reduced)).toEqual(before);
      } finally {
        await postgres.stop();
      }
    });
  },
);
