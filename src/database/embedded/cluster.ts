import { createHash, randomBytes } from "node:crypto";
import { lchown, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./install.ts";
import {
  canEnter,
  createDirAtomically,
  EmbeddedPostgresError,
  exists,
  makeFolder,
  runCommand,
  type UnixUser,
} from "./system.ts";

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
  await createDirAtomically(folder, (draft) => initialize(clusterIn(draft, binaries, user)));
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

/** Where things go that root asked for in a folder that PostgreSQL's account cannot enter. */
export const SYSTEM_FOLDER = "/var/lib/results-storage";

/** The folder that holds the database, inside the data folder. */
export const CLUSTER = "postgresql";

/** The file in the asked-for data folder that says where the data is instead. */
const NOTE = "DATA-IS-ELSEWHERE.txt";

/**
 * Decides which folder the data really goes to, and makes it: the one asked for, unless PostgreSQL runs as `user`
 * and that account cannot enter it. Data that exists is never left behind: where it once is, it stays.
 * @throws EmbeddedPostgresError when the data is where PostgreSQL cannot get at it, or the folder cannot be made.
 */
export async function locateData(
  asked: string,
  user: UnixUser | undefined,
  systemFolder: string = SYSTEM_FOLDER,
): Promise<string> {
  const folder = await makeFolder(asked);
  const elsewhere = await readNote(folder, systemFolder);
  if (user === undefined) {
    if (elsewhere !== undefined)
      throw unreachable(elsewhere, `Only root can use it (see ${join(folder, NOTE)}).`);
    return folder;
  }
  if (await canEnter(folder, user)) return elsewhere ?? folder;
  if (await exists(join(folder, CLUSTER))) {
    throw unreachable(
      folder,
      `The account with uid ${user.uid}, which runs PostgreSQL, cannot enter it (chmod o+x).`,
    );
  }
  const chosen = elsewhere ?? join(systemFolder, `data-${shortHash(folder)}`);
  await makeFolder(systemFolder);
  await makeFolder(chosen);
  await writeNote(folder, chosen);
  return chosen;
}

/** Whether the folder that was asked for has a database, there or where its note points. Makes nothing. */
export async function hasData(asked: string, systemFolder: string = SYSTEM_FOLDER): Promise<boolean> {
  const home = (await readNote(asked, systemFolder)) ?? asked;
  // initdb writes it; an empty folder of that name is no database.
  return exists(join(home, CLUSTER, "data", "PG_VERSION"));
}

/** Only folders that we name ourselves are believed: we are root, and are about to give the folder away. */
async function readNote(folder: string, systemFolder: string): Promise<string | undefined> {
  const note = await readFile(join(folder, NOTE), "utf8").catch(() => "");
  return note.split("\n").find((line) => dirname(line) === systemFolder && /\/data-[0-9a-f]+$/.test(line));
}

async function writeNote(folder: string, chosen: string): Promise<void> {
  const text = `The database account cannot enter this folder. The data of the results storage is in\n${chosen}\n`;
  await writeFile(join(folder, NOTE), text, { flush: true });
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function unreachable(folder: string, why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`The data is in ${folder}. ${why}`);
}
