import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** The options of a PostgreSQL program. */
interface CommandOptions {
  /** A folder that the program's account can enter. The account may not have access to the folder of this process. */
  readonly cwd: string;
  readonly user: UnixUser | undefined;
}

/** The result of a program, with its standard output and its standard error. */
interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs a PostgreSQL program to its end. Ctrl-C in the terminal does not reach the program.
 * @throws EmbeddedPostgresError when the machine cannot run the program at all.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, user }: CommandOptions,
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd,
    ...user,
    env: ownEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    windowsHide: true,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = once(child, "close").catch(() => undefined);
  try {
    const [code] = await once(child, "exit");
    // On Windows, the server inherits the pipes and keeps them open, so the function waits only a short time for their
    // end.
    await Promise.race([closed, sleep(500, undefined, { ref: false })]);
    return { ok: code === 0, output: output.trim() };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${program} cannot be run here (${messageOf(error)}). Set DATABASE_URL to an existing PostgreSQL.`,
      { cause: error },
    );
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** The environment without PGPORT, PGDATA and similar variables, which are for another PostgreSQL. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));
}

/** Whether a process with this pid exists, including zombies and processes of other users. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The command line of a process; empty for a zombie; undefined when the platform does not show the command line. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "win32") return undefined;
    if (process.platform === "linux") return await readFile(`/proc/${pid}/cmdline`, "utf8");
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]);
    return stdout;
  } catch {
    return undefined;
  }
}

/** An account of the machine, in the format of the options of `spawn` and `chown`. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** The accounts that may run PostgreSQL instead of root, in the order of preference. */
const CANDIDATES = ["postgres", "nobody"];

/**
 * The account that runs PostgreSQL, which refuses to run as root; undefined when the account of this process can be
 * used.
 * @param passwd the path of the file with the machine's accounts.
 * @throws EmbeddedPostgresError when this process runs as root and the machine has no suitable account.
 */
export async function unprivilegedUser(passwd = "/etc/passwd"): Promise<UnixUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile(passwd, "utf8").catch(() => ""))
    .split("\n")
    .map((line) => line.split(":"));
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = accounts.find(([name]) => name === candidate) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and ${passwd} has none of the accounts ${CANDIDATES.join(", ")}. ` +
      "Start the service as another user, or set DATABASE_URL to an existing PostgreSQL.",
  );
}

/** The account that owns `path`; undefined when the owner is root, or when the path does not exist. */
export async function ownerOf(path: string): Promise<UnixUser | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

/**
 * Whether `user` may enter the folder `path`. The folder and all its parents must let the account enter.
 * @throws Node.js' error when the folder does not exist.
 */
export async function canEnter(path: string, user: UnixUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & execute) === 0) return false;
  const parent = dirname(path);
  return parent === path || canEnter(parent, user);
}

/**
 * Whether a file or a folder exists at the path.
 * @throws EmbeddedPostgresError when the path cannot be read.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")) return false;
    throw new EmbeddedPostgresError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

/**
 * Creates a folder and its parents unless they exist. Every account may enter new folders, independent of the umask.
 * Existing folders are not changed.
 * @returns the real path of the folder.
 * @throws EmbeddedPostgresError when the folder cannot be created.
 */
export async function makeFolder(path: string): Promise<string> {
  try {
    await makeFolders(resolve(path));
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedPostgresError(`The folder ${path} cannot be created: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Creates the folder `target` completely or not at all: a draft beside the target is filled, then renamed. The function
 * does nothing when the target exists, even if another process has created it in the meantime.
 * @throws the error of `fill`, or Node.js' error, when the target does not exist afterwards.
 */
export async function createDirAtomically(
  target: string,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  if (await exists(target)) return;
  const draft = await mkdtemp(draftPrefix(target));
  try {
    await fill(draft);
    await rename(draft, target);
    await syncFolder(dirname(target));
  } catch (error) {
    // Another process may have created the target first, and may have removed this draft.
    if (!(await exists(target))) throw error;
  } finally {
    await remove(draft);
  }
}

/**
 * Removes the drafts of processes that were killed in `createDirAtomically`. The function may be called only when
 * `target` exists.
 * @throws Node.js' error when the folder of the target cannot be read.
 */
export async function removeDrafts(target: string): Promise<void> {
  const prefix = basename(draftPrefix(target));
  const names = await readdir(dirname(target));
  for (const name of names) if (name.startsWith(prefix)) await remove(join(dirname(target), name));
}

/**
 * Creates a folder and its parents. The `recursive` option of mkdir is not used, because it never ends below a folder
 * such as /proc that accepts no new folders.
 */
async function makeFolders(path: string): Promise<void> {
  if (await exists(path)) return;
  await makeFolders(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await chmod(path, 0o755);
}

function draftPrefix(target: string): string {
  return `${target}.new-`;
}

/** Never fails: the next start removes the remaining files. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

/** Makes a rename durable after a power failure. Windows neither needs nor supports the call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

/** The embedded PostgreSQL cannot be used. The message contains the reason and the next step. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
  }
}

/** Another server process uses this data folder. */
export class DataDirInUse extends EmbeddedPostgresError {
  readonly dataDir: string;
  /** The pid of the process that holds the lock; undefined when it is unknown. */
  readonly holder: number | undefined;

  constructor(dataDir: string, holder: number | undefined) {
    const who = holder === undefined ? "another server process" : `another server process (pid ${holder})`;
    super(`${dataDir} is in use by ${who}. Stop that process first, or choose another data folder.`);
    this.name = "DataDirInUse";
    this.dataDir = dataDir;
    this.holder = holder;
  }
}

/** A command that needs stored jobs was started with a data folder without data. */
export class NoData extends EmbeddedPostgresError {
  constructor(dataDir: string) {
    super(
      `There is no data in ${dataDir}. Set DATA_DIR to the data folder of the server, or DATABASE_URL to its database.`,
    );
    this.name = "NoData";
  }
}

/** The message of an unexpected error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The code of an error from Node.js or PostgreSQL, such as `ENOENT` or `57P03`; undefined when the error has no code.
 */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
