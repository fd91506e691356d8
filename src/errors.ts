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

/** An error that is the caller's to mend: its message is shown as it is. Everything else is a fault of ours. */
export class DomainError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
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
    super("BAD_USER_INPUT", describe(problems));
    this.name = "BadUserInput";
    this.problems = problems.slice(0, LISTED_PROBLEMS);
    this.#all = problems;
  }

  /** The same refusal, for a protocol in which the fields have other names. */
  reworded(reword: (text: string) => string): BadUserInput {
    return new BadUserInput(
      this.#all.map(({ path, message }) => ({ path: reword(path), message: reword(message) })),
    );
  }
}

function describe(problems: readonly InputProblem[]): string {
  const lines = problems.slice(0, LISTED_PROBLEMS).map(({ path, message }) => `${path} ${message}`);
  if (problems.length > LISTED_PROBLEMS) lines.push(`and ${problems.length - LISTED_PROBLEMS} more`);
  return lines.join("; ");
}
