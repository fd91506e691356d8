import type { InputProblem } from "../../errors.ts";

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
