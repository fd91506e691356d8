import type { Problem } from "./problem.ts";
import type { Strays, Unsealed } from "./verify.queries.ts";

/** More problems than this are counted, not kept: memory stays bounded, and a person reads the first ones. */
const KEPT = 20;

/** Problems in the order in which they are found. */
export class Findings {
  readonly #first: Problem[] = [];
  #count = 0;

  get first(): readonly Problem[] {
    return this.#first;
  }

  get count(): number {
    return this.#count;
  }

  add(...problems: (Problem | undefined)[]): void {
    for (const problem of problems) {
      if (problem === undefined) continue;
      this.#count++;
      if (this.#first.length < KEPT) this.#first.push(problem);
    }
  }

  /** Jobs without a seal that cannot get one any more; only the first of them are known by name. */
  addBackdated({ late, firstLate }: Unsealed): void {
    this.add(...firstLate.map(backdated));
    this.#count += late - firstLate.length;
  }

  /** Rows without a job; only the first of the jobs that they name are known. */
  addStrays({ count, first }: Strays): void {
    this.add(...first.map(stray));
    this.#count += count - first.length;
  }
}

function stray(jobId: string): Problem {
  return {
    code: "ALTERED",
    message: `There is no job ${jobId}, but rows that say to belong to it: they were put in.`,
    jobId,
    position: null,
  };
}

function backdated(jobId: string): Problem {
  return {
    code: "BACKDATED",
    message: `Job ${jobId} is among jobs that were sealed long ago, and has no seal: it was put into the past.`,
    jobId,
    position: null,
  };
}
