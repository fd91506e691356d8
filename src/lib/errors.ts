/** What went wrong, as clients see it in `extensions.code` (GraphQL) or `code` (REST). */
export type ErrorCode =
  | "BAD_USER_INPUT"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CURRENCY_MISMATCH"
  | "IDEMPOTENCY_CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "SERVICE_UNAVAILABLE";

/** A message, and a path or a sentence in it. They quote the input, which may have megabytes. */
const LONGEST_MESSAGE = 16_000;
const LONGEST_PROBLEM = 300;

/** An error that is the caller's to mend: its message is shown as it is. Everything else is a fault of ours. */
export class DomainError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(shortened(message, LONGEST_MESSAGE));
    this.name = "DomainError";
    this.code = code;
  }
}

/** One thing that is wrong with an input: where it stands, and what is allowed there. */
export interface InputProblem {
  /** The path of the field, for instance `input.estimate.byResource[3].region`. */
  readonly path: string;
  /** What is allowed there, as the rest of a sentence that begins with the path. */
  readonly message: string;
}

/** More problems than this are counted, not listed: an error is to be read by a person. */
const LISTED_PROBLEMS = 20;

/** An input that is refused. Lists every problem (the first 20 of very many) by its path. */
export class BadUserInput extends DomainError {
  readonly problems: readonly InputProblem[];
  readonly #all: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    const listed = problems.slice(0, LISTED_PROBLEMS).map(shortenedProblem);
    super("BAD_USER_INPUT", describe(listed, problems.length - listed.length));
    this.name = "BadUserInput";
    this.problems = listed;
    this.#all = problems;
  }

  /** The same refusal, for a protocol in which the fields have other names. */
  reworded(reword: (text: string) => string): BadUserInput {
    return new BadUserInput(
      this.#all.map(({ path, message }) => ({ path: reword(path), message: reword(message) })),
    );
  }
}

/** A path as text: `projects[0].breakdown.resources[3].name`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map(stepText).join("").replace(/^\./, "");
}

function stepText(step: PropertyKey): string {
  if (typeof step === "number") return `[${step}]`;
  const key = String(step);
  return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function shortenedProblem({ path, message }: InputProblem): InputProblem {
  return { path: shortened(path, LONGEST_PROBLEM), message: shortened(message, LONGEST_PROBLEM) };
}

function describe(listed: readonly InputProblem[], more: number): string {
  const lines = listed.map(({ path, message }) => `${path} ${message}`);
  if (more > 0) lines.push(`and ${more} more`);
  return lines.join("; ");
}

/** The beginning of a text that is quoted in a message. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/**
 * Why something failed, in words. What is wrapped by others is asked for first (fetch only says "fetch failed"), and
 * connecting to a name with several addresses fails with an error for each, whose own message is empty.
 */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return errorMessage(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return errorMessage(error.errors[0]);
  return error.message || error.name;
}
