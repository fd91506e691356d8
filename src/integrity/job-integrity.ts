import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { type PendingJob, readSealsOf, type SealedJob } from "./chain.sql.ts";
import { checkLink, missingEntry, type Predecessor, type Problem, type ProblemCode } from "./chain.ts";
import { checkJobs } from "./verify.ts";

/** The comparison of a job with its seal, as far as the viewer may see the result. */
export interface JobIntegrity {
  readonly status: "OK" | "NOT_YET_SEALED" | ProblemCode;
  /** A sentence for people. */
  readonly message: string;
  /** The time of sealing; null: the job is not sealed. */
  readonly sealedAt: Date | null;
  /** The position of the seal in the chain; null: the job is not sealed, or the viewer is bound to projects. */
  readonly position: number | null;
  /** The SHA-256 hash of the contents at the time of sealing, in hexadecimal; null: the job is not sealed. */
  readonly contentHash: string | null;
}

/**
 * Compares jobs with their seals, by job id. A job that is not stored is absent. The contents of the jobs are hashed,
 * which takes about 10 microseconds for each resource. The chain contains the jobs of all projects. A viewer that is
 * bound to projects gets neither the position nor the reason, because they would reveal how many jobs other projects
 * store.
 */
async function readIntegrities(db: Database, jobIds: readonly string[]): Promise<Map<string, JobIntegrity>> {
  const found = await readSealsOf(db, jobIds);
  const sealed = found.filter((job) => job.position !== null);
  const { problems } = await checkJobs(db, sealed);
  const altered = new Map(problems.map((problem) => [problem.jobId, problem]));
  const isBound = db.visibleProjects !== undefined;
  return new Map(
    found.map((job) => {
      const integrity =
        job.position === null
          ? unsealedIntegrity(job)
          : sealedIntegrity(job, altered.get(job.jobId) ?? checkPlace(job));
      return [job.jobId, isBound ? withoutChain(integrity) : integrity];
    }),
  );
}

function withoutChain(integrity: JobIntegrity): JobIntegrity {
  const { status, message } = integrity;
  const isFine = status === "OK" || status === "NOT_YET_SEALED";
  const reason = `The job does not match its seal (${status}). The command "results-storage verify" on the server shows the reason.`;
  return { ...integrity, position: null, message: isFine ? message : reason };
}

function unsealedIntegrity(job: PendingJob): JobIntegrity {
  return { ...unsealedVerdict(job), sealedAt: null, position: null, contentHash: null };
}

function unsealedVerdict({ isLate, isEarly }: PendingJob): Pick<JobIntegrity, "status" | "message"> {
  if (isLate) {
    return {
      status: "BACKDATED",
      message: "The job is among jobs that were sealed long ago, and has no seal.",
    };
  }
  if (isEarly) {
    return { status: "POSTDATED", message: "The job has a future time of storage, and no seal until then." };
  }
  return {
    status: "NOT_YET_SEALED",
    message: "The job has no seal yet. Jobs are sealed soon after they are stored.",
  };
}

function sealedIntegrity(
  { sealedAt, position, contentHash }: SealedJob,
  problem: Problem | undefined,
): JobIntegrity {
  return {
    status: problem?.code ?? "OK",
    message: problem?.message ?? "The stored job matches its seal.",
    sealedAt,
    position,
    contentHash: contentHash.toString("hex"),
  };
}

/** Checks only the link to the previous entry. The command `verify` checks the whole chain. */
function checkPlace(job: SealedJob): Problem | undefined {
  const { position, previousHash, previousNewest } = job;
  if (position === 1) return checkLink(undefined, job);
  if (previousHash === null || previousNewest === null) return missingEntry(job, position - 1);
  const previous: Predecessor = {
    position: position - 1,
    entryHash: previousHash,
    newestCreatedAt: previousNewest,
  };
  return checkLink(previous, job);
}

/** Compares jobs with their seals, by job id; null: the job is not stored. */
export function createIntegrityLoader(db: Database): DataLoader<string, JobIntegrity | null> {
  return new DataLoader(async (jobIds) => {
    const integrities = await readIntegrities(db, jobIds);
    return jobIds.map((jobId) => integrities.get(jobId) ?? null);
  });
}
