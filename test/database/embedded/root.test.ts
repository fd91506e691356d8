import { chmod, chown, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";
import { startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.ts";
import { copyBinaries, findBinaries } from "../../../src/database/embedded/install.ts";
import { canEnter, runCommand } from "../../../src/database/embedded/system.ts";
import { end, query, removeFolder, startServerProcess, temporaryFolder } from "./server-process.ts";

const NOBODY = { uid: 65534, gid: 65534 };
const project = join(import.meta.dirname, "..", "..");
const projectIsOpen = await canEnter(project, NOBODY);

describe.runIf(process.getuid?.() === 0).concurrent("started by root", () => {
  test("it keeps its data elsewhere when that account cannot enter the data folder, and says where", async ({
    expect,
  }) => {
    const messages: string[] = [];
    const log = (message: string) => messages.push(message);
    const closed = await mkdtemp(join(homedir(), "embedded-postgres-test-"));
    const dataDir = join(closed, "data");
    const database = await startEmbeddedPostgres(dataDir, log);
    await query(database.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await database.stop();

    const note = await readFile(join(dataDir, "DATA-IS-ELSEWHERE.txt"), "utf8");
    const elsewhere = /^\/var\/lib\/results-storage\/data-[0-9a-f]{12}$/m.exec(note)?.[0] ?? "";
    expect(await readdir(elsewhere)).toEqual(["postgresql"]);
    expect(messages).toContainEqual(expect.stringContaining(`${dataDir}: the data is in ${elsewhere}.`));

    const again = await startEmbeddedPostgres(dataDir, log);
    expect(await query(again.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    await again.stop();
    await removeFolder(elsewhere);
    await rm(closed, { recursive: true });
  });

  test("the binaries can be copied whole, for that account to run them", async ({ expect }) => {
    const folder = await temporaryFolder(tmpdir());
    const copy = await copyBinaries(await findBinaries(undefined, folder), join(folder, "system"));
    expect(dirname(dirname(copy.initdb))).toMatch(new RegExp(`^${folder}/system/postgresql-18[^/]+$`));
    const run = await runCommand(copy.initdb, ["--version"], { cwd: folder, user: NOBODY });
    expect(run).toMatchObject({ ok: true, output: expect.stringContaining("initdb (PostgreSQL) 18") });
    expect(await readdir(join(folder, "system"))).toHaveLength(1);
    await removeFolder(folder);
  });

  test.runIf(projectIsOpen)("a server that is not root keeps everything to itself", async ({ expect }) => {
    const dataDir = await temporaryFolder();
    await chmod(dataDir, 0o700);
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    const server = await startServerProcess(dataDir, NOBODY);
    expect(await query(server.url ?? "", "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect((await stat(join(dataDir, "postgresql"))).uid).toBe(NOBODY.uid);
    await end(server, "SIGTERM");
    expect(await readdir(join(dataDir, "postgresql", "data"))).not.toContain("postmaster.pid");
    await removeFolder(dataDir);
  });
});
