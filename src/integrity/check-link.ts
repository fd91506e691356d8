import { entryHash } from "./entry-hash.ts";
import { isTooLate } from "./late-job.ts";
import type { Problem } from "./problem.ts";
import type { ChainEntry } from "./verify.queries.ts";

/** What an entry has to follow from. */
export type Predecessor = Pick<ChainEntry, "position" | "entryHash" | "newestCreatedAt">;

/** What is wrong with the place of an entry in the chain, if anything is: the first thing. */
export function checkLink(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const expected = (previous?.position ?? 0) + 1;
  if (entry.position !== expected) return missingEntry(entry, expected);
  if (!entryHash(previous?.entryHash, entry).equals(entry.entryHash)) {
    return broken(
      entry,
      `Entry ${entry.position} of the chain, of job ${entry.jobId}, does not follow from the one before: it was changed, moved or put in.`,
    );
  }
  return (
    (entry.kind === "PURGED" ? checkTombstone(entry) : checkTime(previous, entry)) ??
    checkNewest(previous, entry)
  );
}

/** That there should be an entry at a position before this one, and is none. */
export function missingEntry(entry: ChainEntry, position: number): Problem {
  return broken(entry, `Entry ${position} of the chain is missing, before the one of job ${entry.jobId}.`);
}

function checkTombstone(entry: ChainEntry): Problem | undefined {
  const { position, jobId, otherPosition, otherContentHash, contentHash } = entry;
  if (otherPosition !== null && otherPosition < position && otherContentHash?.equals(contentHash))
    return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain is a tombstone of job ${jobId}, which was not sealed before.`,
  );
}

/** The service seals in the order of time, so that nothing can be put into the past. */
function checkTime(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt } = entry;
  if (!isTooLate(jobCreatedAt, previous?.newestCreatedAt ?? null)) return undefined;
  return {
    code: "BACKDATED",
    message: `Job ${jobId} was sealed (entry ${position}) long after jobs that were stored later: it was put into the past.`,
    jobId,
    position,
  };
}

/** Lateness is judged by it, so it has to be right. */
function checkNewest(previous: Predecessor | undefined, entry: ChainEntry): Problem | undefined {
  const { position, jobId, jobCreatedAt, newestCreatedAt } = entry;
  const before = previous?.newestCreatedAt.getTime() ?? Number.NEGATIVE_INFINITY;
  if (newestCreatedAt.getTime() === Math.max(before, jobCreatedAt.getTime())) return undefined;
  return broken(
    entry,
    `Entry ${position} of the chain, of job ${jobId}, does not say rightly up to when jobs are sealed.`,
  );
}

function broken({ jobId, position }: ChainEntry, message: string): Problem {
  return { code: "BROKEN_CHAIN", message, jobId, position };
}
