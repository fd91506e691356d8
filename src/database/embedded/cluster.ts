import { randomBytes } from "node:crypto";
import { lchown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { runCommand } from "./command.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { createWhole } from "./folder.ts";
import type { UnixUser } from "./user.ts";

/** The name of PostgreSQL's account and of the database in it. */
export const NAME = "results_storage";

/** One PostgreSQL on disk: its data, its log and its password. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly passwordFile: string;
  readonly binaries: Binaries;
  /** The account that runs it; undefined for ours. */
  readonly user: UnixUser | undefined;
}

/** Describes the cluster in `folder`, which need not exist yet. */
export function clusterIn(folder: string, binaries: Binaries, user: UnixUser | undefined): Cluster {
  return {
    folder,
    data: join(folder, "data"),
    log: join(folder, "postgresql.log"),
    passwordFile: join(folder, "password"),
    binaries,
    user,
  };
}

/**
 * Makes the cluster unless it is there. Being killed in the middle leaves none.
 * @throws EmbeddedPostgresError when initdb fails.
 */
export async function createCluster({ folder, binaries, user }: Cluster): Promise<void> {
  await createWhole(folder, (draft) => initialize(clusterIn(draft, binaries, user)));
}

/** The password of the cluster's account. */
export async function passwordOf(cluster: Cluster): Promise<string> {
  return (await readFile(cluster.passwordFile, "utf8")).trim();
}

async function initialize({ folder, data, passwordFile, binaries, user }: Cluster): Promise<void> {
  await writeFile(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flush: true });
  if (user !== undefined) await give([passwordFile, folder], user);
  const args = [
    `--pgdata=${data}`,
    `--username=${NAME}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
  ];
  const { ok, output } = await runCommand(binaries.initdb, args, { cwd: folder, user });
  if (!ok) throw new EmbeddedPostgresError(`PostgreSQL's initdb failed in ${folder}:\n${output}`);
}

async function give(paths: readonly string[], { uid, gid }: UnixUser): Promise<void> {
  for (const path of paths) await lchown(path, uid, gid);
}
