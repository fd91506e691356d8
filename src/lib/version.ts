import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import * as z from "zod";

const Manifest = z.object({ version: z.string() });

/** The version of this package. Its package.json is in the parent folder of both src/ and dist/. */
export function packageVersion(): string {
  const path = findPackageJSON("..", import.meta.url);
  return path === undefined ? "unknown" : Manifest.parse(JSON.parse(readFileSync(path, "utf8"))).version;
}
