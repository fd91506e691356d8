import { execFile } from "node:child_process";
import { access, chmod, lchown, mkdir, readdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { runCommand, unprivilegedUser } from "../../src/database/embedded/system.ts";
import { freePort } from "../support/stand-in.ts";

const execute = promisify(execFile);

/** Programs of a PostgreSQL that is installed on the machine, server and clients of one version. */
export interface PostgresTools {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly pgDump: string;
  readonly pgRestore: string;
}

/** Where Debian keeps PostgreSQL, in a folder for each version. */
const DEBIAN = "/usr/lib/postgresql";

const OLDEST = 14;

/** Looks for an installed PostgreSQL, 14 or later; undefined when the machine has none. */
export async function findPostgresTools(): Promise<PostgresTools | undefined> {
  const versions = await readdir(DEBIAN).catch(() => []);
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  for (const folder of folders) {
    const tools = toolsIn(folder);
    if (await works(tools)) return tools;
  }
  return undefined;
}

/** Starts a new PostgreSQL of these programs, whose superuser needs no password. */
export async function startPostgres({ initdb, pgCtl }: PostgresTools, data: string) {
  const user = await unprivilegedUser();
  const folder = dirname(data);
  await mkdir(data);
  await chmod(data, 0o700);
  if (user !== undefined) await lchown(data, user.uid, user.gid);
  const port = await freePort();
  const run = async (program: string, args: string[]) => {
    const { ok, output } = await runCommand(program, args, { cwd: folder, user });
    if (!ok) throw new Error(output);
  };
  await run(initdb, [
    `--pgdata=${data}`,
    "--username=owner",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
  ]);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
  await run(pgCtl, [
    "start",
    `--pgdata=${data}`,
    "--wait",
    `--log=${join(data, "log")}`,
    `--options=${options}`,
  ]);
  return {
    url: `postgresql://owner@127.0.0.1:${port}`,
    stop: () => run(pgCtl, ["stop", `--pgdata=${data}`, "--mode=immediate"]),
  };
}

function toolsIn(folder: string): PostgresTools {
  return {
    initdb: join(folder, "initdb"),
    pgCtl: join(folder, "pg_ctl"),
    pgDump: join(folder, "pg_dump"),
    pgRestore: join(folder, "pg_restore"),
  };
}

async function works(tools: PostgresTools): Promise<boolean> {
  try {
    await Promise.all(Object.values(tools).map((path) => access(path)));
    const { stdout } = await execute(tools.pgDump, ["--version"]);
    return Number(/ (\d+)/.exec(stdout)?.[1]) >= OLDEST;
  } catch {
    return false;
  }
}
