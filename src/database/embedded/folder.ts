import { access, chmod, mkdir, mkdtemp, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EmbeddedPostgresError, messageOf } from "./errors.ts";

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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
export async function createWhole(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
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
