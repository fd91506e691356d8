import { chmod, lchown, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll } from "vitest";
import {
  type Cluster,
  clusterIn,
  createCluster,
  NAME,
  passwordOf,
  SYSTEM_FOLDER,
} from "../../src/database/embedded/cluster.ts";
import { findBinaries } from "../../src/database/embedded/install.ts";
import { ensureRunning } from "../../src/database/embedded/server.ts";
import { makeFolder, runCommand, unprivilegedUser } from "../../src/database/embedded/system.ts";
import {
  killPostgres,
  query,
  removeFolder,
  temporaryFolder,
  until,
} from "../database/embedded/server-process.ts";
import { freePort } from "./stand-in.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** A primary and its synchronous standby, both of the embedded PostgreSQL's programs. */
export interface ReplicatedPostgres {
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** Between the standby and its primary. */
  readonly link: TcpProxy;
  /** Waits until the standby streams, so that a COMMIT is confirmed at once. */
  caughtUp(): Promise<void>;
  /** Kills the primary, and starts it again. */
  restartPrimary(): Promise<void>;
  /** Makes the standby a primary. */
  promote(): Promise<void>;
}

const STARTUP_MS = 30_000;

/** Starts both before the tests of a file, and removes them after these. */
export function replicatedPostgres(): ReplicatedPostgres {
  let folder: string;
  let primary: Cluster;
  let standby: Cluster;
  let port: number;
  let link: TcpProxy;
  let primaryUrl = "";
  let standbyUrl = "";
  const caughtUp = () =>
    until(async () => {
      const found = await query(primaryUrl, "select from pg_stat_replication where sync_state = 'sync'");
      return found.length === 1;
    }, STARTUP_MS);
  beforeAll(async () => {
    folder = await temporaryFolder();
    const user = await unprivilegedUser();
    const binaries = await findBinaries(user, SYSTEM_FOLDER);
    primary = clusterIn(join(folder, "primary", "postgresql"), binaries, user);
    standby = clusterIn(join(folder, "standby", "postgresql"), binaries, user);
    await makeFolder(dirname(primary.folder));
    await createCluster(primary);
    port = await ensureRunning(primary);
    link = await startTcpProxy(port);
    const standbyPort = await freePort();
    const urlAt = (at: number, password: string) =>
      `postgresql://${NAME}:${password}@127.0.0.1:${at}/postgres`;
    const password = await passwordOf(primary);
    primaryUrl = urlAt(port, password);
    standbyUrl = urlAt(standbyPort, password);
    await copyRunning(primaryUrl, primary, standby);
    await configure(standby, { link, password });
    await control(standby, ["start", `--log=${standby.log}`, `--options=${optionsOf(standbyPort)}`]);
    await query(primaryUrl, "alter system set synchronous_standby_names = '*'");
    await query(primaryUrl, "select pg_reload_conf()");
    await caughtUp();
  });
  afterAll(async () => {
    await removeFolder(join(folder, "standby"));
    await removeFolder(join(folder, "primary"));
    await removeFolder(folder);
    await link?.close();
  });
  return {
    get primaryUrl() {
      return primaryUrl;
    },
    get standbyUrl() {
      return standbyUrl;
    },
    get link() {
      return link;
    },
    caughtUp,
    restartPrimary: async () => {
      await killPostgres(join(folder, "primary"));
      await ensureRunning(primary, port);
    },
    promote: () => control(standby, ["promote"]),
  };
}

/** A base backup of a running primary, as by pg_basebackup. */
async function copyRunning(url: string, primary: Cluster, standby: Cluster): Promise<void> {
  // WAL that the standby has not received while its link was cut must not be recycled.
  await query(url, "alter system set wal_keep_size = '1GB'");
  await query(url, "select pg_reload_conf()");
  await makeFolder(standby.folder);
  await giveTo(standby, standby.folder);
  await chmod(standby.folder, 0o700);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', true)");
    await run(standby, "cp", ["-a", `${primary.folder}/.`, standby.folder]);
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop(false)");
    await rm(join(standby.data, "postmaster.pid"));
    await write(standby, "backup_label", rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
  }
}

async function configure(
  standby: Cluster,
  { link, password }: { readonly link: TcpProxy; readonly password: string },
): Promise<void> {
  await write(standby, "standby.signal", "");
  const settings = [
    `primary_conninfo = 'host=127.0.0.1 port=${link.port} user=${NAME} password=${password}'`,
    "wal_retrieve_retry_interval = '100ms'",
  ];
  await write(standby, "postgresql.auto.conf", `${settings.join("\n")}\n`);
}

function optionsOf(port: number): string {
  return `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100`;
}

async function write(standby: Cluster, name: string, text: string): Promise<void> {
  const path = join(standby.data, name);
  await writeFile(path, text);
  await giveTo(standby, path);
}

async function giveTo({ user }: Cluster, path: string): Promise<void> {
  if (user !== undefined) await lchown(path, user.uid, user.gid);
}

function control(cluster: Cluster, args: readonly string[]): Promise<void> {
  return run(cluster, cluster.binaries.pgCtl, [...args, `--pgdata=${cluster.data}`, "--wait"]);
}

async function run({ folder, user }: Cluster, program: string, args: readonly string[]): Promise<void> {
  const { ok, output } = await runCommand(program, args, { cwd: folder, user });
  if (!ok) throw new Error(output);
}
