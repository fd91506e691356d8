import type * as z from "zod";
import { isRawNumber } from "../../json.ts";
import { listNames } from "./list-names.ts";
import { UnreadableEstimate } from "./unreadable-estimate.ts";

type Path = readonly PropertyKey[];

/** What a file is called in messages, and how its keys are spelled there. */
export interface ReadFile {
  readonly name: string;
  readonly spell?: (path: Path) => Path;
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  record: "an object",
  string: "text",
  boolean: "true or false",
};

/**
 * A value as its schema describes it.
 * @throws UnreadableEstimate that names every problem by its path, for instance `projects[0].breakdown`.
 */
export function readShape<T>(schema: z.ZodType<T>, value: unknown, file: ReadFile): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = file.spell?.(issue.path) ?? issue.path;
    return { path: pathText(path) || "the whole file", message: problemOf(issue) };
  });
  const sentences = problems.map(({ path, message }) => `${path} ${message}`);
  throw new UnreadableEstimate(
    `${file.name} cannot be read: ${listNames(sentences, "; ")}. Mend the file or write it anew with its tool.`,
    problems,
  );
}

/** A path as people write it: `projects[0].breakdown.resources[3].name`. */
export function pathText(path: Path): string {
  return path.map(stepText).join("").replace(/^\./, "");
}

function stepText(step: PropertyKey): string {
  if (typeof step === "number") return `[${step}]`;
  const key = String(step);
  return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type") return issue.message;
  const expected = EXPECTED[issue.expected] ?? issue.expected;
  return issue.input === undefined
    ? `is missing, it must be ${expected}`
    : `must be ${expected}, it is ${nameOf(issue.input)}`;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isRawNumber(value)) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
