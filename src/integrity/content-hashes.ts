import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import { LINES_PER_PAGE, type Lines, readLines } from "./canonical-form.queries.ts";
import { CanonicalJson } from "./canonical-json.ts";

/** The SHA-256 over the canonical form of a job, as it is stored at this moment. */
export interface ContentHash {
  readonly jobId: string;
  readonly hash: Buffer;
  readonly resourceCount: number;
}

/** Hashes what is stored of jobs, in the order given; a job that is not there is left out. */
export async function* contentHashes(db: Database, jobIds: readonly string[]): AsyncGenerator<ContentHash> {
  const canonical = new CanonicalJson();
  let job: HashedJob | undefined;
  for await (const page of pagesOfLines(db, jobIds)) {
    for (const lines of page) {
      if (lines.nth !== job?.nth) {
        if (job?.isStored) yield job.end();
        job = new HashedJob(lines.nth, jobIds[lines.nth - 1] ?? "");
      }
      job.add(lines, canonical);
    }
  }
  if (job?.isStored) yield job.end();
}

async function* pagesOfLines(db: Database, jobIds: readonly string[]): AsyncGenerator<Lines[]> {
  if (jobIds.length === 0) return;
  let reading = readLines(db, jobIds);
  for (;;) {
    const page = await reading;
    if (countLines(page) < LINES_PER_PAGE) {
      yield page;
      return;
    }
    // PostgreSQL makes it while this one is hashed. Whoever stops here does not wait for it, nor for its failure.
    reading = readLines(db, jobIds, page.at(-1));
    reading.catch(() => undefined);
    yield page;
  }
}

function countLines(page: readonly Lines[]): number {
  return page.reduce((sum, { count }) => sum + count, 0);
}

class HashedJob {
  readonly nth: number;
  readonly #id: string;
  readonly #hash = createHash("sha256");
  #isStored = false;
  #resources = 0;

  constructor(nth: number, id: string) {
    this.nth = nth;
    this.#id = id;
  }

  /** Whether there is a job, and not only rows that say to belong to it. */
  get isStored(): boolean {
    return this.#isStored;
  }

  add({ count, lastRank, json }: Lines, canonical: CanonicalJson): void {
    if (lastRank === null) this.#isStored = true;
    else this.#resources += count;
    this.#hash.update(canonical.lines(json));
  }

  end(): ContentHash {
    return { jobId: this.#id, hash: this.#hash.digest(), resourceCount: this.#resources };
  }
}
