import type { Database } from "../database/database.ts";
import { atOneMoment } from "./at-one-moment.queries.ts";
import { readInOrder } from "./canonical-form.queries.ts";
import { checkAgainst, checkCheckpoint, checkLength, type PresentedCheckpoint } from "./check-checkpoint.ts";
import { checkInParallel } from "./check-in-parallel.ts";
import { checkLink } from "./check-link.ts";
import { Findings } from "./findings.ts";
import type { Problem } from "./problem.ts";
import { type ChainEntry, readChain, readStrays, readUnsealed, type StoredRange } from "./verify.queries.ts";

/** What is to be verified. */
export interface VerifyRequest {
  /**
   * Of which jobs the contents are compared; the chain is always checked as a whole. Rows without a job, which are of no
   * time, are looked for only when all jobs are compared.
   */
  readonly range: StoredRange;
  readonly checkpoint?: PresentedCheckpoint;
}

/** What was found. */
export interface Verification {
  /** The first of them, in the order of the chain. */
  readonly problems: readonly Problem[];
  /** How many there are. */
  readonly problemCount: number;
  /** Entries of the chain. */
  readonly entries: number;
  /** Jobs whose contents were compared, and how many resources they have. */
  readonly jobs: number;
  readonly resources: number;
  /** Jobs of the range that retention has removed. */
  readonly purged: number;
  /** Jobs of the range that wait for their seal: nothing is known of them yet. */
  readonly unsealed: number;
}

/** How many transactions, each on a connection of its own, are of use: one for the chain, the others for jobs. */
const MOST_CONNECTIONS = 4;

/**
 * Compares everything that is stored with the chain, and the chain with itself and with a checkpoint. All of it as it
 * was at one moment, so that what is stored and purged meanwhile does not look like tampering.
 * @param open opens a transaction's EntityManager.
 * @param connections how many may be open at the same time: at least 2.
 */
export function verify(
  open: () => Database,
  connections: number,
  request: VerifyRequest,
): Promise<Verification> {
  return atOneMoment(open, Math.min(MOST_CONNECTIONS, connections), ([chain, ...jobs]) => {
    // Without readers nothing would be compared, and nothing found.
    if (chain === undefined || jobs.length === 0) throw new Error("Verifying takes two connections.");
    return verifyMoment(chain, jobs, request);
  });
}

async function verifyMoment(
  chain: Database,
  readers: readonly Database[],
  { range, checkpoint }: VerifyRequest,
): Promise<Verification> {
  await Promise.all(readers.map(readInOrder));
  const findings = new Findings();
  const forgedOrOld = checkpoint && checkCheckpoint(checkpoint, new Date());
  findings.add(forgedOrOld);
  // An old one is still true of what it says.
  let vouched = forgedOrOld?.code === "FORGED_CHECKPOINT" ? undefined : checkpoint?.signed;
  const sum = { jobs: 0, resources: 0, purged: 0 };
  let last: ChainEntry | undefined;
  for await (const page of pagesOfChain(chain)) {
    const inRange = page.filter((entry) => entry.kind === "SEALED" && isWithin(range, entry));
    const checked = await checkInParallel(readers, inRange);
    const byPosition = Map.groupBy(
      checked.flatMap(({ problems }) => problems),
      ({ position }) => position,
    );
    for (const entry of page) {
      const unlike = vouched && checkAgainst(vouched, entry);
      if (unlike?.code === "FOREIGN_CHECKPOINT") vouched = undefined;
      findings.add(unlike, checkLink(last, entry), ...(byPosition.get(entry.position) ?? []));
      last = entry;
    }
    for (const { jobs, resources, purged } of checked) {
      sum.jobs += jobs;
      sum.resources += resources;
      sum.purged += purged;
    }
  }
  const entries = last?.position ?? 0;
  findings.add(vouched && checkLength(vouched, entries));
  if (range.from === undefined && range.to === undefined) findings.addStrays(await readStrays(chain));
  const unsealed = await readUnsealed(chain, range, last?.newestCreatedAt);
  findings.addBackdated(unsealed);
  return {
    problems: findings.first,
    problemCount: findings.count,
    entries,
    ...sum,
    unsealed: unsealed.waiting,
  };
}

async function* pagesOfChain(tx: Database): AsyncGenerator<ChainEntry[]> {
  let after: number | undefined;
  for (;;) {
    const page = await readChain(tx, after);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.position;
  }
}

function isWithin({ from, to }: StoredRange, { jobCreatedAt }: ChainEntry): boolean {
  return (from === undefined || jobCreatedAt >= from) && (to === undefined || jobCreatedAt < to);
}
