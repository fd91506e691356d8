import * as z from "zod";
import type { InputProblem } from "../lib/errors.ts";
import { DEEPEST_JSON, isRawNumber, JsonTooDeep, type JsonValue, parseUntrustedJson } from "../lib/json.ts";
import { DECIMAL_RULE, type Decimal, parseDecimal } from "../lib/money.ts";

/**
 * The JSON of a file.
 * @param file what the file is, as the subject of a message ("The estimate").
 * @throws UnreadableEstimate when the text is not JSON, or nests deeper than 500 levels.
 */
export function readJson(text: string, file: string): JsonValue {
  try {
    // Windows tools begin a UTF-8 file with a byte order mark, which is no JSON.
    return parseUntrustedJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof JsonTooDeep) throw tooDeep(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreadableEstimate(`${file} is not JSON (${reason}). Give the file as its tool wrote it.`);
  }
}

function tooDeep(file: string): UnreadableEstimate {
  return new UnreadableEstimate(
    `${file} nests deeper than ${DEEPEST_JSON} levels. Give the file as its tool wrote it.`,
  );
}

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

/** A JSON object, whatever it holds. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: no list, and no number that kept its digits. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** An object that is passed on as it is. */
export const jsonObject = z.custom<Record<string, unknown>>(isJsonObject, "must be an object");

/** Text that may be left out; null is left out too. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

/** Text that may be left out; null and "" are left out too. */
export const filledText = z
  .string()
  .nullish()
  .transform((text) => text || undefined);

/** An amount as it was written, not checked any further; null and left out stay apart. */
export const amountText = z
  .unknown()
  .optional()
  .transform((value, context): string | null | undefined => {
    if (value === null || value === undefined || typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    if (isRawNumber(value)) return value.rawJSON;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

/** An amount that is counted with; null when it is unknown, which is never zero. */
export const knownAmount = z
  .unknown()
  .optional()
  .transform((value, context): Decimal | null => {
    if (value === null || value === undefined) return null;
    const amount = parseDecimal(value);
    if (amount !== undefined) return amount;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

/** A number that may be left out and that a double may hold: a score, a count. */
export const plainNumber = z
  .unknown()
  .optional()
  .transform((value, context): number | undefined => {
    if (value === null || value === undefined) return undefined;
    const number = isRawNumber(value) ? Number(value.rawJSON) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    context.addIssue("must be a number");
    return z.NEVER;
  });

/** More names than this are counted, not listed: a message is to be read by a person. */
const LISTED = 20;

/** The names in one line; of very many only the first 20, and how many more there are. */
export function listNames(names: readonly string[], separator = ", "): string {
  const listed = names.slice(0, LISTED);
  if (names.length > LISTED) listed.push(`and ${names.length - LISTED} more`);
  return listed.join(separator);
}

/** A file that is no estimate. The message is for the person who gave the file: what is wrong, and what to do. */
export class UnreadableEstimate extends Error {
  /** What is wrong where, in the file's own spelling; empty when it is the file as a whole. */
  readonly problems: readonly InputProblem[];

  constructor(message: string, problems: readonly InputProblem[] = []) {
    super(message);
    this.name = "UnreadableEstimate";
    this.problems = problems;
  }
}
