import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import { LINES_PER_PAGE, type Line, readLines } from "./canonical-form.queries.ts";
import { canonicalJson } from "./canonical-json.ts";

/** The SHA-256 over the canonical form of a job, as it is stored at this moment. */
export interface ContentHash {
  readonly jobId: string;
  readonly hash: Buffer;
  readonly resourceCount: number;
}

/** Hashes what is stored of jobs, in the order given; a job that is not there is left out. */
export async function* contentHashes(db: Database, jobIds: readonly string[]): AsyncGenerator<ContentHash> {
  let job: HashedJob | undefined;
  for await (const lines of pagesOfLines(db, jobIds)) {
    for (const line of lines) {
      if (line.nth !== job?.nth) {
        if (job !== undefined && line.nth < job.nth) throw new Error("The jobs were read out of order.");
        if (job?.isStored) yield job.end();
        job = new HashedJob(line.nth, jobIds[line.nth - 1] ?? "");
      }
      job.add(line);
    }
  }
  if (job?.isStored) yield job.end();
}

async function* pagesOfLines(db: Database, jobIds: readonly string[]): AsyncGenerator<Line[]> {
  if (jobIds.length === 0) return;
  let page = readLines(db, jobIds);
  for (;;) {
    const lines = await page;
    if (lines.length < LINES_PER_PAGE) {
      yield lines;
      return;
    }
    // PostgreSQL makes it while this one is hashed. Whoever stops here does not wait for it, nor for its failure.
    page = readLines(db, jobIds, lines.at(-1));
    page.catch(() => undefined);
    yield lines;
  }
}

class HashedJob {
  readonly nth: number;
  readonly #id: string;
  readonly #hash = createHash("sha256");
  #isStored = false;
  #lastRank: number | undefined;
  #resources = 0;

  constructor(nth: number, id: string) {
    this.nth = nth;
    this.#id = id;
  }

  /** Whether there is a job, and not only rows that say to belong to it. */
  get isStored(): boolean {
    return this.#isStored;
  }

  add({ costRank, json }: Line): void {
    if (costRank === null) this.#isStored = true;
    else this.#count(costRank);
    this.#hash.update(`${canonicalJson(json)}\n`);
  }

  end(): ContentHash {
    return { jobId: this.#id, hash: this.#hash.digest(), resourceCount: this.#resources };
  }

  #count(costRank: number): void {
    // A fault of the query must not look like tampering.
    if (this.#lastRank !== undefined && costRank <= this.#lastRank) {
      throw new Error(`The resources of the job ${this.#id} were read out of order.`);
    }
    this.#lastRank = costRank;
    this.#resources++;
  }
}
