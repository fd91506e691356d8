import { CompiledQuery } from "kysely";
import type { Database, Dependency } from "./database.ts";

/** A statement that found jobs, and which: enough to see later whether it still finds the same. */
export interface JobRead {
  readonly statement: Pick<CompiledQuery, "sql" | "parameters">;
  readonly ids: string;
  /** Whether it names jobs and has found them all, so that only retention can change what it finds. */
  readonly lasting: boolean;
}

/** What an answer rests on. */
export interface CacheDependencies {
  /** The reads that tell which jobs are in it; all else that was read belongs to these. */
  readonly jobReads: JobRead[];
  /** Whether something was read of which nothing is known. */
  changeable: boolean;
}

/** What is being noted, by EntityManager, which itself knows nothing of it. */
const noted = new WeakMap<Database, CacheDependencies>();

/** Notes what is read with this EntityManager from here on. */
export function recordReads(db: Database): CacheDependencies {
  const grounds: CacheDependencies = { jobReads: [], changeable: false };
  noted.set(db, grounds);
  return grounds;
}

/** Notes one read, if somebody has asked for it. */
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

/** The ids of these jobs, in their order, as find-again.ts has them. */
function idsOf(jobs: readonly unknown[]): string {
  return jobs.map((job) => (job as { readonly id: string }).id).join();
}

/**
 * Whether all of these reads, run again, find the same jobs. PostgreSQL makes nothing but their ids this time: it leaves
 * out the columns that nobody asks a subquery for. In one text, since 50 rows take longer to read than to find.
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
