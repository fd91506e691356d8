import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { scratchFolder } from "./scratch-folder.ts";
import { sqlAs } from "./sql-as.ts";
import { freePort } from "./stand-in.ts";

/** A PgBouncer in front of a database, with a login to that database of its own, set up as docs/operations/deploy.md says. */
export interface PgBouncer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The settings of PgBouncer, in addition to the required ones. */
export interface PgBouncerSettings {
  readonly pool_mode: "session" | "transaction" | "statement";
  readonly default_pool_size?: number;
  readonly ignore_startup_parameters?: string;
  readonly server_reset_query_always?: 0 | 1;
}

/** The version of the installed PgBouncer; undefined: there is none. Debian's packages put it where only root looks. */
export async function installedPgBouncer(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("pgbouncer", ["--version"], { env });
    return /^PgBouncer (\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

const env = { PATH: `${process.env.PATH}:/usr/sbin` };

/** Starts PgBouncer, and waits until it takes connections. */
export async function startPgBouncer(databaseUrl: string, settings: PgBouncerSettings): Promise<PgBouncer> {
  const login = `pooled_${randomUUID().replaceAll("-", "")}`;
  await sqlAs(
    databaseUrl,
    undefined,
    `create role ${login} login password 'secret' in role results_storage_server;
    alter role ${login} set role = results_storage_server;
    alter role ${login} set statement_timeout = '30s';
    alter role ${login} set lock_timeout = '10s';
    alter role ${login} set idle_in_transaction_session_timeout = '30s'`,
  );
  const { hostname, port: postgresPort, pathname } = new URL(databaseUrl);
  const port = await freePort();
  const folder = await scratchFolder();
  const file = join(folder, "pgbouncer.ini");
  const lines = Object.entries({ ignore_startup_parameters: "options", ...settings }).map((pair) =>
    pair.join(" = "),
  );
  await writeFile(
    file,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${postgresPort} user=${login} password=secret
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
${lines.join("\n")}
`,
  );
  // PgBouncer refuses to run as root, and its other user has to read this.
  await chmod(folder, 0o755);
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", [...user, file], { env, stdio: ["ignore", "ignore", "pipe"] });
  const url = `postgresql://${login}@127.0.0.1:${port}${pathname}`;
  await untilListening(child, url);
  return {
    url,
    stop: async () => {
      const ended = once(child, "exit");
      // From 1.23 on, SIGTERM waits for the clients.
      child.kill("SIGKILL");
      await ended;
      await sqlAs(databaseUrl, undefined, `drop role ${login}`);
    },
  };
}

async function untilListening(child: ChildProcess, url: string): Promise<void> {
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer has ended: ${output}`);
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
    }
    await sleep(20);
  }
}
