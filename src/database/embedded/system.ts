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

/** How a program of PostgreSQL is run. */
interface CommandOptions {
  /** A folder that the program's account can enter: ours may be closed to it. */
  readonly cwd: string;
  readonly user: UnixUser | undefined;
}

/** How a program ended, and all it said. */
interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs one of PostgreSQL's programs to its end, out of reach of the terminal's Ctrl-C.
 * @throws EmbeddedPostgresError when the machine cannot run it at all.
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
    // On Windows the server inherits the pipes and keeps them open: do not wait for their end for ever.
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

/** Our environment without PGPORT, PGDATA and their like, which are meant for another PostgreSQL. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));
}

/** Whether there is a process with this pid, be it another user's or a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The command line of a process; empty for a zombie, undefined when the platform does not tell. */
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

/** An account of the machine, as `spawn` and `chown` want it. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that may run PostgreSQL in the place of root, the best one first. */
const CANDIDATES = ["postgres", "nobody"];

/**
 * The account that runs PostgreSQL, which refuses to be root. Undefined when it can be the one we run as.
 * @throws EmbeddedPostgresError when we are root and the machine has no account to use.
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

/** The account that owns `path`; undefined when that is root, or when there is no such path. */
export async function ownerOf(path: string): Promise<UnixUser | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

/** Whether `user` may enter the folder `path`: it and every folder above it must let that account through. */
export async function canEnter(path: string, user: UnixUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & execute) === 0) return false;
  const parent = dirname(path);
  return parent === path || canEnter(parent, user);
}

/** Whether something is there. */
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
 * Makes a folder unless it is there. Folders that did not exist are made open to enter, whatever the umask; those that
 * did are left as they are.
 * @returns its real path.
 * @throws EmbeddedPostgresError when it cannot be made.
 */
export async function makeFolder(path: string): Promise<string> {
  try {
    await makeFolders(resolve(path));
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedPostgresError(`The folder ${path} cannot be made: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Makes the folder `target` whole or not at all: it is filled under another name beside it, then renamed. Does
 * nothing when it is there already, also when another process was faster.
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
    // A faster process has made the target, and may have cleared our draft away.
    if (!(await exists(target))) throw error;
  } finally {
    await remove(draft);
  }
}

/** Removes what processes that were killed in the middle of `createWhole` have left. Call it when `target` is there. */
export async function removeDrafts(target: string): Promise<void> {
  const prefix = basename(draftPrefix(target));
  const names = await readdir(dirname(target));
  for (const name of names) if (name.startsWith(prefix)) await remove(join(dirname(target), name));
}

/** Not mkdir's own `recursive`, which asks the kernel for ever below a folder such as /proc that takes none. */
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

/** Never fails: what stays is removed at the next start. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

/** Makes a rename outlast a power cut. Windows neither needs it nor can do it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

/** The embedded PostgreSQL cannot be had. The message says why, and what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
  }
}

/** Another server process works with this data folder. */
export class DataDirInUse extends EmbeddedPostgresError {
  readonly dataDir: string;
  /** The process that has it, as far as it can be told. */
  readonly holder: number | undefined;

  constructor(dataDir: string, holder: number | undefined) {
    const who = holder === undefined ? "another server process" : `another server process (pid ${holder})`;
    super(`${dataDir} is in use by ${who}. Stop that one first, or choose another data folder.`);
    this.name = "DataDirInUse";
    this.dataDir = dataDir;
    this.holder = holder;
  }
}

/** A command that works on stored jobs was given a data folder without any. */
export class NoData extends EmbeddedPostgresError {
  constructor(dataDir: string) {
    super(
      `There is no data in ${dataDir}. Set DATA_DIR to the data folder of the server, or DATABASE_URL to its database.`,
    );
    this.name = "NoData";
  }
}

/** What an unforeseen failure says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code that Node or PostgreSQL gave to a failure, such as `ENOENT` or `57P03`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
