import type { Database } from "../database/database.ts";
import { withSharedSnapshot } from "../database/shared-snapshot.ts";
import {
  type OrphanRows,
  readChain,
  readOrphanRows,
  readUnsealed,
  type StoredRange,
  type Unsealed,
} from "./chain.sql.ts";
import { type ChainEntry, checkLink, entryProblem, type Problem, subjectOf } from "./chain.ts";
import { checkAgainst, checkCheckpoint, checkLength, type PresentedCheckpoint } from "./checkpoint.ts";
import { contentHashes, disableSort, isKnownForm } from "./content-hash.sql.ts";
import { type RecordKey, readUnsealedRecords, type UnsealedRecords } from "./exclusion-seals.sql.ts";
import { checkRecords } from "./exclusion-seals.ts";
import { readUnhashedFacts } from "./unhashed-columns.sql.ts";

/** The scope of a verification. */
export interface VerifyRequest {
  /**
   * The creation times of the jobs and the records whose contents are compared. The chain is always checked as a whole.
   * Rows without a job have no creation time, and are searched only if all jobs are compared.
   */
  readonly range: StoredRange;
  readonly checkpoint?: PresentedCheckpoint;
}

/** The result of a verification. */
export interface Verification {
  /** The first problems, in the order of the chain. */
  readonly problems: readonly Problem[];
  /** The number of all problems. */
  readonly problemCount: number;
  /** The number of entries of the chain. */
  readonly entries: number;
  /** The number of jobs whose contents were compared, and the number of their resources. */
  readonly jobs: number;
  readonly resources: number;
  /** The number of jobs of the range that retention removed. */
  readonly purged: number;
  /** The number of jobs and of records of the range that are not sealed yet, and are therefore not checked. */
  readonly unsealed: number;
}

/**
 * The maximum number of transactions, each on a separate connection: one for the chain and up to three for the jobs.
 * More transactions do not make verification faster.
 */
const MOST_CONNECTIONS = 4;

/**
 * Compares all stored jobs and the records of their exclusions with the chain, and the chain with itself and with a
 * checkpoint. All transactions share one snapshot, so that jobs that are stored or purged during the verification do
 * not look like tampering.
 * @param open opens a database connection for one transaction.
 * @param connections the number of connections that may be open at the same time, at least 2.
 * @throws Error when `connections` is below 2.
 */
export function verify(
  open: () => Database,
  connections: number,
  request: VerifyRequest,
): Promise<Verification> {
  return withSharedSnapshot(open, Math.min(MOST_CONNECTIONS, connections), ([chain, ...jobs]) => {
    // Without readers, no job would be compared, and no problem would be found.
    if (chain === undefined || jobs.length === 0) throw new Error("Verifying takes two connections.");
    return verifyMoment(chain, jobs, request);
  });
}

async function verifyMoment(
  chain: Database,
  readers: readonly Database[],
  { range, checkpoint }: VerifyRequest,
): Promise<Verification> {
  await Promise.all(readers.map(disableSort));
  const findings = new VerificationReport();
  const forgedOrOld = checkpoint && checkCheckpoint(checkpoint, new Date());
  findings.add(forgedOrOld);
  // An outdated checkpoint is still valid for its entry, and is compared with the chain. A forged one proves nothing.
  let trusted = forgedOrOld?.code === "FORGED_CHECKPOINT" ? undefined : checkpoint?.signed;
  const sum = { jobs: 0, resources: 0, purged: 0 };
  let last: ChainEntry | undefined;
  for await (const page of pagesOfChain(chain)) {
    const inRange = page.filter((entry) => entry.kind === "SEALED" && isWithin(range, entry));
    const checked = await checkInParallel(readers, inRange);
    const records = page.filter((entry) => entry.kind === "EXCLUSION" && isWithin(range, entry));
    const byPosition = Map.groupBy(
      [...checked.flatMap(({ problems }) => problems), ...(await checkRecords(chain, records))],
      ({ position }) => position,
    );
    for (const entry of page) {
      const contradiction = trusted && checkAgainst(trusted, entry);
      if (contradiction?.code === "FOREIGN_CHECKPOINT") trusted = undefined;
      findings.add(contradiction, checkLink(last, entry), ...(byPosition.get(entry.position) ?? []));
      last = entry;
    }
    for (const { jobs, resources, purged } of checked) {
      sum.jobs += jobs;
      sum.resources += resources;
      sum.purged += purged;
    }
  }
  const entries = last?.position ?? 0;
  findings.add(trusted && checkLength(trusted, entries));
  if (range.from === undefined && range.to === undefined) findings.addOrphanRows(await readOrphanRows(chain));
  const unsealed = await readUnsealed(chain, range, last?.newestCreatedAt);
  findings.addMisdated(unsealed);
  const unsealedRecords = await readUnsealedRecords(chain, range, last?.newestCreatedAt);
  findings.addMisdatedRecords(unsealedRecords);
  return {
    problems: findings.first,
    problemCount: findings.count,
    entries,
    ...sum,
    unsealed: unsealed.waiting + unsealedRecords.waiting,
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

/**
 * The number of resources in one part: large enough for the cost of the statements, and small enough that each reader
 * gets some parts of a page of the chain.
 */
const RESOURCES_PER_PART = 5_000;

/** Checks jobs with several readers. Each reader checks the next part when it is free. */
async function checkInParallel(
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

/** Splits seals into parts with about the same number of resources. */
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

/** The result of the comparison of sealed jobs with the stored rows. */
interface CheckedJobs {
  readonly problems: readonly Problem[];
  /** The number of jobs whose contents were compared, and the number of their resources. */
  readonly jobs: number;
  readonly resources: number;
  /** The number of jobs that retention removed, according to their tombstones. */
  readonly purged: number;
}

/** Compares the stored contents of jobs with their seals. Each job is hashed in the form of its seal. */
export async function checkJobs(db: Database, seals: readonly ChainEntry[]): Promise<CheckedJobs> {
  const problems: Problem[] = seals.flatMap((seal) => presenceProblem(seal) ?? []);
  const comparable = seals.filter((seal) => seal.isStored && !isPurged(seal) && isKnownForm(seal.form));
  let jobs = 0;
  let resources = 0;
  for (const [form, sealed] of Map.groupBy(comparable, (seal) => seal.form)) {
    const compared = await compareContents(db, form, sealed);
    problems.push(...compared.problems);
    jobs += compared.jobs;
    resources += compared.resources;
  }
  return { problems, jobs, resources, purged: seals.filter(isPurged).length };
}

async function compareContents(
  db: Database,
  form: number,
  seals: readonly ChainEntry[],
): Promise<Omit<CheckedJobs, "purged">> {
  const sealOf = new Map(seals.map((seal) => [seal.jobId, seal]));
  const jobIds = [...sealOf.keys()];
  const facts = await readUnhashedFacts(db, jobIds, form);
  const problems: Problem[] = [];
  let jobs = 0;
  let resources = 0;
  for await (const { jobId, hash, resourceCount } of contentHashes(db, jobIds, form)) {
    jobs++;
    resources += resourceCount;
    const seal = sealOf.get(jobId);
    const fact = facts.get(jobId);
    const isWhole = fact?.isConsistent === true && fact.resourceCount === resourceCount;
    if (seal !== undefined && !(isWhole && seal.contentHash.equals(hash))) {
      problems.push(entryProblem("ALTERED", seal, "the stored job differs from its seal"));
    } else if (seal !== undefined && !seal.hasSealedTime) {
      problems.push(entryProblem("BACKDATED", seal, "the time of storage differs from the sealed time"));
    }
  }
  return { problems, jobs, resources };
}

function presenceProblem(seal: ChainEntry): Problem | undefined {
  if (seal.isStored && isPurged(seal))
    return entryProblem("RETURNED", seal, "the job was purged and inserted again");
  if (!seal.isStored && !isPurged(seal)) {
    return entryProblem("REMOVED", seal, "the job is missing, and no purge removed it");
  }
  if (seal.isStored && !isKnownForm(seal.form)) {
    return entryProblem(
      "UNKNOWN_FORM",
      seal,
      `the form of its seal, ${seal.form}, is unknown to this version`,
    );
  }
  return undefined;
}

function isPurged({ otherPosition }: ChainEntry): boolean {
  return otherPosition !== null;
}

/**
 * The maximum number of problems in a report. Other problems are only counted: memory stays bounded, and a person reads
 * only the first problems.
 */
const KEPT = 20;

/** The problems of a verification, in the order in which they are found. */
class VerificationReport {
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

  /** Adds the backdated and the postdated jobs without a seal. Only the ids of the oldest jobs are known. */
  addMisdated({ late, firstLate, early, firstEarly }: Unsealed): void {
    this.add(...firstLate.map(backdated), ...firstEarly.map(postdated));
    this.#count += late - firstLate.length + early - firstEarly.length;
  }

  /** Adds the backdated and the postdated records of exclusions without a seal. Only the first ones are known. */
  addMisdatedRecords({ late, firstLate, early, firstEarly }: UnsealedRecords): void {
    this.add(...firstLate.map(backdatedRecord), ...firstEarly.map(postdatedRecord));
    this.#count += late - firstLate.length + early - firstEarly.length;
  }

  /** Adds the rows without a job. Only the first ids of the missing jobs are known. */
  addOrphanRows({ count, first }: OrphanRows): void {
    this.add(...first.map(orphanRow));
    this.#count += count - first.length;
  }
}

function orphanRow(jobId: string): Problem {
  return {
    code: "ALTERED",
    message: `There are rows of job ${jobId}, but no such job: the rows were inserted.`,
    jobId,
    position: null,
  };
}

function backdatedRecord(record: RecordKey): Problem {
  const subject = subjectOf({ kind: "EXCLUSION", ...record });
  return {
    code: "BACKDATED",
    message: `${subject} has no seal: the record or its job was backdated.`,
    jobId: record.jobId,
    position: null,
  };
}

function postdatedRecord(record: RecordKey): Problem {
  const subject = subjectOf({ kind: "EXCLUSION", ...record });
  return {
    code: "POSTDATED",
    message: `${subject} has no seal: the record or its job has a future time of storage.`,
    jobId: record.jobId,
    position: null,
  };
}

function postdated(jobId: string): Problem {
  return {
    code: "POSTDATED",
    message: `Job ${jobId} has a future time of storage, and no seal until then: the job was postdated.`,
    jobId,
    position: null,
  };
}

function backdated(jobId: string): Problem {
  return {
    code: "BACKDATED",
    message: `Job ${jobId} is among jobs that were sealed long ago, and has no seal: the job was backdated.`,
    jobId,
    position: null,
  };
}
