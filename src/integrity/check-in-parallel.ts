import type { Database } from "../database/database.ts";
import { type CheckedJobs, checkJobs } from "./check-jobs.ts";
import type { ChainEntry } from "./verify.queries.ts";

/** Enough that a part is worth its statements, and few enough that all readers have some of a page of the chain. */
const RESOURCES_PER_PART = 5_000;

/** Checks jobs with several readers, each of which takes the next part of them when it is free. */
export async function checkInParallel(
  readers: readonly Database[],
  seals: readonly ChainEntry[],
): Promise<CheckedJobs[]> {
  const parts = partsOf(seals);
  const checked = readers.map(async (reader) => {
    const done: CheckedJobs[] = [];
    for (const part of parts) done.push(await checkJobs(reader, part));
    return done;
  });
  return (await Promise.all(checked)).flat();
}

/** Parts of about as many resources. */
function* partsOf(seals: readonly ChainEntry[]): Generator<ChainEntry[]> {
  let part: ChainEntry[] = [];
  let resources = 0;
  for (const seal of seals) {
    part.push(seal);
    resources += seal.resourceCount;
    if (resources < RESOURCES_PER_PART) continue;
    yield part;
    part = [];
    resources = 0;
  }
  if (part.length > 0) yield part;
}
