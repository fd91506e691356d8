import { CompiledQuery } from "kysely";
import type { Database, Dependency } from "./database.ts";

/** A statement and the ids of the jobs that it returned. A later run can check whether the result is the same. */
export interface JobRead {
  readonly statement: Pick<CompiledQuery, "sql" | "parameters">;
  readonly ids: string;
  /** Whether the statement names jobs by id and has found all of them. Then only retention can change the result. */
  readonly lasting: boolean;
}

/** The reads that a response depends on. */
export interface CacheDependencies {
  /** The reads that determine the jobs of the response. All other rows of the response belong to these jobs. */
  readonly jobReads: JobRead[];
  /** Whether a statement without `dependsOn` was run. */
  changeable: boolean;
}

/** The recorded reads of each Database object, which has no reference to them. */
const noted = new WeakMap<Database, CacheDependencies>();

/**
 * Records the reads of this Database object from now on.
 * @returns the record, which later reads extend.
 */
export function recordReads(db: Database): CacheDependencies {
  const grounds: CacheDependencies = { jobReads: [], changeable: false };
  noted.set(db, grounds);
  return grounds;
}

/** Records one read, if `recordReads` was called for this Database object. */
export function recordRead(
  db: Database,
  dependsOn: Dependency | undefined,
  { sql, parameters }: CompiledQuery,
  rows: readonly unknown[],
): void {
  const grounds = noted.get(db);
  if (grounds === undefined || dependsOn === "child") return;
  if (dependsOn === undefined) {
    grounds.changeable = true;
    return;
  }
  const lasting = dependsOn !== "jobs" && rows.length === dependsOn.namedJobs;
  grounds.jobReads.push({ statement: { sql, parameters }, ids: idsOf(rows), lasting });
}

/** The ids of the jobs in their order, in the format of the statement in `revalidate`. */
function idsOf(jobs: readonly unknown[]): string {
  return jobs.map((job) => (job as { readonly id: string }).id).join();
}

/**
 * Runs the reads again and checks whether each returns the same jobs. PostgreSQL computes only the ids, because
 * PostgreSQL omits unused columns of a subquery. The ids are one text, because the transfer of 50 rows takes longer
 * than the search.
 * @throws the error of pg or PostgreSQL when a statement fails.
 */
export async function revalidate(db: Database, reads: readonly JobRead[]): Promise<boolean> {
  const same = await Promise.all(
    reads.map(async ({ statement: { sql, parameters }, ids }) => {
      const text = `select array_to_string(array(select again.id from (${sql}) as again), ',') as ids`;
      const [found] = await db.execute<{ ids: string }>(
        { name: "jobs.again", prepared: true },
        CompiledQuery.raw(text, [...parameters]),
      );
      return found?.ids === ids;
    }),
  );
  return same.every(Boolean);
}
