import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** The folders of src/ from top to bottom; within one line a file may import from its own folder and those to the right. */
const ORDER = [
  ["cli"],
  ["."],
  ["server"],
  ["live", "search", "policies", "portfolio", "trends", "retention"],
  ["export", "comparison", "import", "integrity", "estimates"],
  ["jobs", "telemetry"],
  ["graphql"],
  ["access"],
  ["database"],
  ["client"],
  ["lib"],
];

const SRC = join(import.meta.dirname, "../src");

/** Every import of a module: static, dynamic, of types, and re-exports. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)"/g;

/** cli.ts is the entry point of the commands. */
function folderOf(file: string): string {
  if (file === "cli.ts") return "cli";
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : ".";
}

function placeOf(file: string): readonly [line: number, column: number] {
  const folder = folderOf(file);
  const line = ORDER.findIndex((folders) => folders.includes(folder));
  return [line, ORDER[line]?.indexOf(folder) ?? -1];
}

function isDownward(from: string, to: string): boolean {
  const [[line, column], [toLine, toColumn]] = [placeOf(from), placeOf(to)];
  return toLine > line || (toLine === line && toColumn >= column);
}

const files = globSync("**/*.ts", { cwd: SRC }).map((file) => file.replaceAll("\\", "/"));

const imports = files.flatMap((file) =>
  [...readFileSync(join(SRC, file), "utf8").matchAll(IMPORT)]
    .map(([, target = ""]) => relative(SRC, join(SRC, dirname(file), target)).replaceAll("\\", "/"))
    .filter((target) => !target.startsWith(".."))
    .map((target) => ({ file, target })),
);

describe("The folders of src", () => {
  it("all have a place in the order", () => {
    expect(imports.length).toBeGreaterThan(500);
    expect(files.filter((file) => placeOf(file)[0] === -1)).toEqual([]);
  });

  it("import only downwards", () => {
    const upward = imports.filter(({ file, target }) => !isDownward(file, target));
    expect(upward.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });
});
