import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedPostgresError } from "./errors.ts";

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
