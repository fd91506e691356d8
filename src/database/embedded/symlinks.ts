import { readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import * as z from "zod";
import { codeOf, EmbeddedPostgresError, messageOf } from "./errors.ts";

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the symbolic links between PostgreSQL's libraries, which npm cannot pack. The package does it in its install
 * script, but npm may have been told to run none. Those that are there stay.
 * @throws EmbeddedPostgresError when one is missing and cannot be made.
 */
export async function makeSymlinks(packageFolder: string): Promise<void> {
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
