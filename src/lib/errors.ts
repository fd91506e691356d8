/**
 * The codes of a DomainError, in `extensions.code` (GraphQL) or `code` (REST). The server adds the codes of errors
 * before GraphQL or a REST route, such as TOO_MANY_REQUESTS (HttpError).
 */
export type ErrorCode =
  | "BAD_USER_INPUT"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CURRENCY_MISMATCH"
  | "IDEMPOTENCY_CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "QUERY_TOO_COMPLEX"
  | "SERVICE_UNAVAILABLE";

/** A message, and a path or a sentence in it. They quote the input, which may have megabytes. */
const LONGEST_MESSAGE = 16_000;
const LONGEST_PROBLEM = 300;

/** The path of an input value, for instance ["input", "estimate", "byResource", 3, "region"]. */
export type Path = readonly PropertyKey[];

/** A text, or the parts of one that names inputs: paths are data, because REST and files spell them differently. */
export type Sentence = string | readonly (string | Path)[];

/** Returns a path as a protocol spells it. */
export type Spelling = (path: Path) => Path;

/** An error that the caller can correct: its message is shown unchanged. Every other error is a server error. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly #sentence: Sentence;

  constructor(code: ErrorCode, sentence: Sentence) {
    super(shortened(sentenceText(sentence), LONGEST_MESSAGE));
    this.name = "DomainError";
    this.code = code;
    this.#sentence = sentence;
  }

  /** The same error, with paths in the spelling of a protocol. */
  spelled(spell: Spelling): DomainError {
    return new DomainError(this.code, spelledSentence(this.#sentence, spell));
  }
}

/** One invalid value of an input. */
export interface InputProblem {
  /** [] is the whole body of a request. */
  readonly path: Path;
  /** The rest of a sentence that begins with the path: the allowed values. */
  readonly rule: Sentence;
}

/** The problem of a number outside of a range, if there is one. A number that is not given has no problem. */
export function rangeProblems(
  path: Path,
  value: number | null | undefined,
  least: number,
  most: number,
): InputProblem[] {
  if (value === null || value === undefined || (value >= least && value <= most)) return [];
  return [{ path, rule: `must be from ${least} to ${most}` }];
}

/** An input problem in an answer. */
export interface ProblemText {
  readonly path: string;
  readonly message: string;
}

/** More problems are counted, not listed: a person reads the message. */
const LISTED_PROBLEMS = 20;

/** An input that is refused. Lists every problem (the first 20 of very many) by its path. */
export class BadUserInput extends DomainError {
  readonly #problems: readonly InputProblem[];
  readonly #total: number;

  constructor(problems: readonly InputProblem[], total = problems.length) {
    const listed = problems.slice(0, LISTED_PROBLEMS);
    super("BAD_USER_INPUT", problemsText(listed, total - listed.length));
    this.name = "BadUserInput";
    this.#problems = listed;
    this.#total = total;
  }

  get problems(): ProblemText[] {
    return this.#problems.map(problemText);
  }

  override spelled(spell: Spelling): BadUserInput {
    return new BadUserInput(
      this.#problems.map(({ path, rule }) => ({ path: spell(path), rule: spelledSentence(rule, spell) })),
      this.#total,
    );
  }
}

function spelledSentence(sentence: Sentence, spell: Spelling): Sentence {
  if (typeof sentence === "string") return sentence;
  return sentence.map((part) => (typeof part === "string" ? part : spell(part)));
}

function sentenceText(sentence: Sentence): string {
  if (typeof sentence === "string") return sentence;
  return sentence.map((part) => (typeof part === "string" ? part : pathText(part))).join("");
}

function problemsText(listed: readonly InputProblem[], more: number): string {
  const lines = listed.map(problemText).map(({ path, message }) => `${path} ${message}`);
  if (more > 0) lines.push(`and ${more} more`);
  return lines.join("; ");
}

function problemText({ path, rule }: InputProblem): ProblemText {
  return {
    path: shortened(pathText(path) || "the body", LONGEST_PROBLEM),
    message: shortened(sentenceText(rule), LONGEST_PROBLEM),
  };
}

/** A path as text: `projects[0].breakdown.resources[3].name`. */
export function pathText(path: Path): string {
  return path.map(stepText).join("").replace(/^\./, "");
}

function stepText(step: PropertyKey): string {
  if (typeof step === "number") return `[${step}]`;
  const key = String(step);
  return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The beginning of a text that is quoted in a message. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/**
 * The message of the root cause of an error, because the error of fetch itself only says "fetch failed".
 * A connection to a name with several addresses fails with an AggregateError, whose message is empty.
 */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return errorMessage(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return errorMessage(error.errors[0]);
  return error.message || error.name;
}

/**
 * The message of the error itself, without its causes. An AggregateError without a message has that of its first error.
 */
export function ownMessage(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : errorMessage(error);
}

/**
 * Invalid environment variables. The message lists them all. Not in config.ts: `push` reports every error without
 * loading the configuration, which imports the log (260 KB of code).
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
}
