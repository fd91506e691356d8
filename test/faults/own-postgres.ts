import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import {
  type Cluster,
  clusterIn,
  createCluster,
  passwordOf,
  SYSTEM_FOLDER,
} from "../../src/database/embedded/cluster.ts";
import { findBinaries } from "../../src/database/embedded/install.ts";
import { ensureRunning, findPostmaster } from "../../src/database/embedded/server.ts";
import { isAlive, unprivilegedUser } from "../../src/database/embedded/system.ts";
import { killPostgres, removeFolder, temporaryFolder } from "../database/embedded/server-process.ts";

/** A PostgreSQL without supervision, for a test to break. The service uses it by DATABASE_URL. */
export interface OwnPostgres {
  readonly url: string;
  /** Starts it again, at the same port, and waits until it takes connections. */
  start(): Promise<void>;
  /** As the kernel does when memory runs out. */
  kill(): Promise<void>;
  /** Stops all of its processes where they are, so that connections stay open and nothing answers. */
  freeze(): Promise<void>;
  /** Lets them go on. */
  thaw(): Promise<void>;
}

/** Starts one before the tests of a file, and removes it after them. */
export function ownPostgres(): OwnPostgres {
  let folder: string;
  let cluster: Cluster;
  let port: number;
  let url = "";
  beforeAll(async () => {
    folder = await temporaryFolder();
    const user = await unprivilegedUser();
    cluster = clusterIn(join(folder, "postgresql"), await findBinaries(user, SYSTEM_FOLDER), user);
    await createCluster(cluster);
    port = await ensureRunning(cluster);
    url = `postgresql://results_storage:${await passwordOf(cluster)}@127.0.0.1:${port}/postgres`;
  });
  afterAll(async () => {
    await signalAll(cluster, "CONT");
    await removeFolder(folder);
  });
  return {
    get url() {
      return url;
    },
    start: async () => void (await ensureRunning(cluster, port)),
    kill: () => killPostgres(folder),
    freeze: () => signalAll(cluster, "STOP"),
    thaw: () => signalAll(cluster, "CONT"),
  };
}

/** The postmaster and its children: a postmaster alone would leave the connections answering. */
async function signalAll({ data }: Cluster, signal: "STOP" | "CONT"): Promise<void> {
  const postmaster = await findPostmaster(data);
  if (postmaster === undefined) return;
  const { stdout } = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(postmaster.pid)]);
  const children = stdout.split("\n").map(Number).filter(Boolean);
  for (const pid of [postmaster.pid, ...children].filter(isAlive)) process.kill(pid, `SIG${signal}`);
}
