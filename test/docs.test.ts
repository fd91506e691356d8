import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

function filesOf(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: ROOT, exclude: ["**/node_modules", "**/dist", "**/.data"] });
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** A page without its code blocks, whose lines may look like headings and tables. */
function proseOf(page: string): string {
  return textOf(page).replace(/^```.*?^```/gms, "");
}

/** The anchors that GitHub gives to headings: lower case, without punctuation, with a hyphen for each space. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\w-]/g, (sign) => (sign === " " ? "-" : "")),
  );
}

const pages = filesOf("**/*.md");

const links = pages.flatMap((page) =>
  [...proseOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = "", anchor = ""]) => ({ page, anchor, target: path ? join(dirname(page), path) : page }),
  ),
);

describe("The documentation", () => {
  it("links to files, folders and headings that exist", () => {
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(({ target }) => !existsSync(join(ROOT, target)))).toEqual([]);
    const anchored = links.filter(({ anchor }) => anchor !== "");
    expect(anchored.filter(({ target, anchor }) => !anchorsOf(target).includes(anchor))).toEqual([]);
  });

  it("has no table cell of more than 120 characters", () => {
    const rows = pages.flatMap((page) => proseOf(page).match(/^\|.*\|$/gm) ?? []);
    expect(rows.flatMap((row) => row.split(/(?<!\\)\|/)).filter((cell) => cell.trim().length > 120)).toEqual(
      [],
    );
  });

  it("names files that exist, as do the messages and comments that name a page", () => {
    const sources = filesOf("{src,test,migrations}/**/*.ts").map(textOf).join();
    const paths = /(?<=`)(?:src|test|tools|bench|bin|migrations)\/[\w./-]+(?=`)/g;
    const named = pages.map(proseOf).join().match(paths) ?? [];
    const namedPages = sources.match(/\bdocs\/[a-z0-9/-]+\.md\b/g) ?? [];
    expect(Math.min(named.length, namedPages.length)).toBeGreaterThan(5);
    expect([...named, ...namedPages].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("repeats the files that its code blocks name", () => {
    const blocks = pages.flatMap((page) => [
      ...textOf(page).matchAll(/^```\w+ (?<file>\S+)\n(?<text>.*?)^```$/gms),
    ]);
    expect(blocks.length).toBeGreaterThan(5);
    for (const { groups: { file = "", text } = {} } of blocks) expect(text, file).toBe(textOf(file));
  });

  it("has comments that name only source files that exist", () => {
    const files = filesOf("**/*.ts").map((file) => `/${file}`);
    const comments = files.flatMap((file) => textOf(file).match(/^\s*(?:\/\/|\/?\*).*$/gm) ?? []).join("\n");
    const named = comments.match(/(?<![\w.*/-])[a-z][\w/-]*(?:\.[a-z]+)*\.ts\b/g) ?? [];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
  });
});
