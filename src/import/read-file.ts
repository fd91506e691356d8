import * as z from "zod";
import { type InputProblem, pathText, type Spelling } from "../lib/errors.ts";
import { isRawNumber, JsonTooDeep, type JsonValue, MAX_JSON_DEPTH, parseUntrustedJson } from "../lib/json.ts";
import { DECIMAL_RULE, type Decimal, isZero, parseDecimal } from "../lib/money.ts";

/**
 * Parses the JSON of a file.
 * @param file the subject of an error message ("The estimate").
 * @throws UnreadableEstimate when the text is not JSON, or is nested deeper than 500 levels.
 */
export function readJson(text: string, file: string): JsonValue {
  try {
    // Windows tools write a byte order mark at the start of a UTF-8 file.
    return parseUntrustedJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof JsonTooDeep) throw tooDeep(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreadableEstimate(`${file} is not JSON (${reason}). Give the file as its tool wrote it.`);
  }
}

function tooDeep(file: string): UnreadableEstimate {
  return new UnreadableEstimate(
    `${file} is nested deeper than ${MAX_JSON_DEPTH} levels. Give the file as its tool wrote it.`,
  );
}

/** The name of a file in messages, and the spelling of its paths. */
export interface ReadFile {
  readonly name: string;
  readonly spell?: Spelling;
}

/**
 * Parses a value by its schema.
 * @throws UnreadableEstimate with the path of every problem, for instance `projects[0].breakdown`.
 */
export function readShape<T>(schema: z.ZodType<T>, value: unknown, file: ReadFile): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    return { path: file.spell?.(issue.path) ?? issue.path, rule: problemOf(issue) };
  });
  const sentences = problems.map(({ path, rule }) => `${pathText(path) || "the whole file"} ${rule}`);
  throw new UnreadableEstimate(
    `${file.name} cannot be read: ${listNames(sentences, "; ")}. Correct the file or create it again with its tool.`,
    problems,
  );
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type") return issue.message;
  const expected = EXPECTED[issue.expected] ?? issue.expected;
  return issue.input === undefined
    ? `is missing, it must be ${expected}`
    : `must be ${expected}, it is ${nameOf(issue.input)}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: "a list",
  object: "an object",
  record: "an object",
  string: "text",
  boolean: "true or false",
};

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isRawNumber(value)) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Keeps a message readable. */
const LISTED = 20;

/** The first 20 names, and the number of the others. */
export function listNames(names: readonly string[], separator = ", "): string {
  const listed = names.slice(0, LISTED);
  if (names.length > LISTED) listed.push(`and ${names.length - LISTED} more`);
  return listed.join(separator);
}

/** The file is not a valid estimate. The message is shown to the user: the problem and the remedy. */
export class UnreadableEstimate extends Error {
  /** With paths in the spelling of the file; empty when the whole file is invalid. */
  readonly problems: readonly InputProblem[];

  constructor(message: string, problems: readonly InputProblem[] = []) {
    super(message);
    this.name = "UnreadableEstimate";
    this.problems = problems;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object; an array and a RawNumber are not. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** Whether a value states something: not null, "", 0, false, and no empty list or object. */
export function hasContent(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  const amount = parseDecimal(value);
  return amount === undefined || !isZero(amount);
}

export const jsonObject = z.custom<Record<string, unknown>>(isJsonObject, "must be an object");

/** Optional text; null counts as missing. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

/** Optional text; null and "" count as missing. */
export const filledText = z
  .string()
  .nullish()
  .transform((text) => text || undefined);

/** Optional text of information only: a number is text too, other content counts as missing. */
export const anyText = z
  .unknown()
  .optional()
  .transform((value): string | undefined => {
    if (isRawNumber(value)) return value.rawJSON;
    return typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;
  });

/** The name of a part of a resource. It is for information only: null and a number are no reason to refuse a file. */
export const nameText = z.preprocess((name) => {
  if (isRawNumber(name)) return name.rawJSON;
  return name === null ? "" : typeof name === "number" ? String(name) : name;
}, z.string());

/** Optional true or false, also as text; undefined for other content. */
export const flag = z
  .unknown()
  .optional()
  .transform((value): boolean | undefined => {
    const text = String(value).trim().toLowerCase();
    return text === "true" || (text === "false" ? false : undefined);
  });

/** An amount as text, not validated; null and undefined are kept. */
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

/** An amount for calculations; null when it is unknown, which is not zero. */
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

/** An optional number within the range of a double: a score, a count. */
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

/** A count; undefined when the value is not a whole number from 0 to 2,147,483,647. */
export function countOf(value: unknown): number | undefined {
  const number = isRawNumber(value) ? Number(value.rawJSON) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number < 2 ** 31
    ? number
    : undefined;
}
