import type { Database } from "../database/database.ts";
import { countResources, FORM } from "./canonical-form.queries.ts";
import { contentHashes } from "./content-hashes.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import type { ChainEntry } from "./verify.queries.ts";

/** How sealed jobs compare with what is stored. */
export interface CheckedJobs {
  readonly problems: readonly Problem[];
  /** Whose contents were compared, and how many resources these have. */
  readonly jobs: number;
  readonly resources: number;
  /** That retention has removed, as their tombstones say. */
  readonly purged: number;
}

/** Compares what is stored of jobs with their seals. */
export async function checkJobs(db: Database, seals: readonly ChainEntry[]): Promise<CheckedJobs> {
  const problems: Problem[] = seals.flatMap((seal) => presenceProblem(seal) ?? []);
  const comparable = new Map(
    seals
      .filter((seal) => seal.isStored && !isPurged(seal) && seal.form === FORM)
      .map((seal) => [seal.jobId, seal]),
  );
  let jobs = 0;
  let resources = 0;
  const jobIds = [...comparable.keys()];
  const stored = jobIds.length > 0 ? await countResources(db, jobIds) : new Map<string, number>();
  for await (const { jobId, hash, resourceCount } of contentHashes(db, jobIds)) {
    jobs++;
    resources += resourceCount;
    const seal = comparable.get(jobId);
    const isWhole = resourceCount === (stored.get(jobId) ?? 0);
    if (seal !== undefined && !(isWhole && seal.contentHash.equals(hash))) {
      problems.push(problem("ALTERED", seal, "what is stored is not what was sealed"));
    } else if (seal !== undefined && !seal.isOfItsTime) {
      problems.push(
        problem("BACKDATED", seal, "it was sealed for another time than it says to be stored at"),
      );
    }
  }
  return { problems, jobs, resources, purged: seals.filter(isPurged).length };
}

function presenceProblem(seal: ChainEntry): Problem | undefined {
  if (seal.isStored && isPurged(seal)) return problem("RETURNED", seal, "it was purged, and is there again");
  if (!seal.isStored && !isPurged(seal)) {
    return problem("REMOVED", seal, "it is gone, and no purge has removed it");
  }
  if (seal.isStored && seal.form !== FORM) {
    return problem(
      "UNKNOWN_FORM",
      seal,
      `it is sealed in form ${seal.form}, which this version does not know`,
    );
  }
  return undefined;
}

function isPurged({ otherPosition }: ChainEntry): boolean {
  return otherPosition !== null;
}

function problem(code: ProblemCode, { jobId, position, jobCreatedAt }: ChainEntry, what: string): Problem {
  const stored = Number.isNaN(jobCreatedAt.getTime()) ? "" : `, stored ${jobCreatedAt.toISOString()}`;
  return { code, message: `Job ${jobId} (entry ${position}${stored}): ${what}.`, jobId, position };
}
