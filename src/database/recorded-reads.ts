import { CompiledQuery } from "kysely";
import type { Database, Statement } from "./database.ts";

/** A statement and the keys of the rows that it returned. A later run can check whether the result is the same. */
export interface JobRead {
  readonly statement: Pick<CompiledQuery, "sql" | "parameters">;
  /** Whether PostgreSQL may use one plan for all parameters (`Statement.prepared`). */
  readonly prepared: boolean;
  /** The column whose values identify the rows. */
  readonly key: "id" | "version";
  /** The values of the column, in the order of the rows. */
  readonly keys: string;
  /** Whether the statement names jobs by id and has found all of them. Then only retention can change the result. */
  readonly lasting: boolean;
}

/** The reads that a response depends on. */
export interface CacheDependencies {
  /** The reads that determine the jobs of the response. All other rows of the response belong to these jobs. */
  readonly jobReads: JobRead[];
  /** Whether a statement without `dependsOn` was run, or `markChangeable` was called. */
  changeable: boolean;
}

/** The recorded reads of each Database object, which has no reference to them. */
const noted = new WeakMap<Database, CacheDependencies>();

/**
 * Records the reads of this Database object from now on.
 * @returns the record, which later reads extend.
 */
export function recordReads(db: Database): CacheDependencies {
  const dependencies: CacheDependencies = { jobReads: [], changeable: false };
  noted.set(db, dependencies);
  return dependencies;
}

/** Declares that the response depends on more than its reads, and must not be cached. */
export function markChangeable(db: Database): void {
  const dependencies = noted.get(db);
  if (dependencies !== undefined) dependencies.changeable = true;
}

/** Records one read, if `recordReads` was called for this Database object. */
export function recordRead(
  db: Database,
  { dependsOn, prepared = false }: Statement,
  { sql, parameters }: CompiledQuery,
  rows: readonly unknown[],
): void {
  const dependencies = noted.get(db);
  if (dependencies === undefined || dependsOn === "child") return;
  if (dependsOn === undefined) {
    markChangeable(db);
    return;
  }
  const key = dependsOn === "versions" ? "version" : "id";
  const lasting = typeof dependsOn === "object" && rows.length === dependsOn.namedJobs;
  const keys = keysOf(rows, key);
  dependencies.jobReads.push({ statement: { sql, parameters }, prepared, key, keys, lasting });
}

/** The keys of the rows in their order, in the format of the statement in `revalidate`. */
function keysOf(rows: readonly unknown[], key: JobRead["key"]): string {
  return rows.map((row) => (row as Readonly<Record<JobRead["key"], string>>)[key]).join();
}

/**
 * Runs the reads again and checks whether each returns the same rows. PostgreSQL computes only the keys, because
 * PostgreSQL omits unused columns of a subquery. The keys are one text, because the transfer of 50 rows takes longer
 * than the search.
 * @throws the error of pg or PostgreSQL when a statement fails.
 */
export async function revalidate(db: Database, reads: readonly JobRead[]): Promise<boolean> {
  const same = await Promise.all(
    reads.map(async ({ statement: { sql, parameters }, prepared, key, keys }) => {
      const text = `select array_to_string(array(select again.${key} from (${sql}) as again), ',') as keys`;
      const [found] = await db.execute<{ keys: string }>(
        { name: "jobs.again", prepared },
        CompiledQuery.raw(text, [...parameters]),
      );
      return found?.keys === keys;
    }),
  );
  return same.every(Boolean);
}
