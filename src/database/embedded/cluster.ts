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

/** The name of the PostgreSQL role and of its database. */
export const NAME = "results_storage";

/** A database cluster on disk: its data, its log and its password. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly passwordFile: string;
  readonly binaries: Binaries;
  /** The account that runs PostgreSQL; undefined: the account of this process. */
  readonly user: UnixUser | undefined;
}

/** The paths of the cluster in `folder`. The folder may be missing. */
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
 * Creates the cluster unless it exists. If the process is killed during the creation, no partial cluster remains.
 * @throws EmbeddedPostgresError when initdb fails.
 */
export async function createCluster({ folder, binaries, user }: Cluster): Promise<void> {
  await createDirAtomically(folder, (draft) => initialize(clusterIn(draft, binaries, user)));
}

/**
 * The password of the cluster's role.
 * @throws Node.js' error when the password file cannot be read.
 */
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

/** The folder for the data, if root requests a data folder that PostgreSQL's account cannot enter. */
export const SYSTEM_FOLDER = "/var/lib/results-storage";

/** The name of the cluster's folder, inside the data folder. */
export const CLUSTER = "postgresql";

/** The file in the requested data folder that contains the actual path of the data. */
const NOTE = "DATA-IS-ELSEWHERE.txt";

/**
 * Chooses and creates the actual data folder. The default is the requested folder. If PostgreSQL runs as `user`, and
 * that account cannot enter the requested folder, a folder in `systemFolder` is used. Existing data always stays in its
 * folder.
 * @returns the path of the actual data folder.
 * @throws EmbeddedPostgresError when PostgreSQL cannot access the existing data, or the folder cannot be created.
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

/**
 * Whether the requested folder, or the folder in its note, has a database. The function creates nothing.
 * @throws EmbeddedPostgresError when the folder cannot be read.
 */
export async function hasData(asked: string, systemFolder: string = SYSTEM_FOLDER): Promise<boolean> {
  const home = (await readNote(asked, systemFolder)) ?? asked;
  // initdb writes this file. An empty folder with the name of the cluster is no database.
  return exists(join(home, CLUSTER, "data", "PG_VERSION"));
}

/**
 * Reads the path from the note. Only paths that this service creates are accepted, because root will change the owner
 * of the folder.
 */
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
