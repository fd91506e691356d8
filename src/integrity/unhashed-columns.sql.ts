import type { TableName } from "../database/columns.ts";
import type { Database } from "../database/database.ts";
import { DERIVED } from "../database/derived-columns.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { snakeCase } from "../lib/text.ts";
import { formOf } from "./content-hash.sql.ts";

/** The facts about a stored job that its content hash does not contain. */
interface UnhashedFacts {
  readonly jobId: string;
  /** The number of stored resources, with or without a rank. */
  readonly resourceCount: number;
  /**
   * Whether the job is one row, its derived columns follow from the other columns, its parts have its shard key, and
   * the columns that the form does not have are null.
   */
  readonly isConsistent: boolean;
}

/**
 * The stored facts about jobs that their content hashes do not contain, by job id. The ranks of the resources are
 * ignored, because an attacker who drops the primary key can insert rows without a rank, or with the last rank of a
 * page. An attacker who removes the expression of a generated column can change its values. The facts are subqueries
 * for each job: otherwise, PostgreSQL without statistics would read the whole table for each batch of jobs.
 * @param form the number of the sealed form.
 * @throws Error when the form is unknown.
 */
export async function readUnhashedFacts(
  db: Database,
  jobIds: readonly string[],
  form: number,
): Promise<Map<string, UnhashedFacts>> {
  const facts = await rows(
    db,
    { name: "integrity.outsideOfHashes" },
    sql<UnhashedFacts>`
    select wanted.job_id as "jobId", resources.count as "resourceCount",
      (
        select count(*) = 1 and bool_and(${isDerivationCorrect} and ${formOf(form).hasOnlyOwnColumns}
          and coalesce(resources.lowest = shard_key and resources.highest = shard_key, true)
          and ${isInOneShard("service_costs")} and ${isInOneShard("region_costs")} and ${isInOneShard("job_exclusions")})
        from jobs
        where id = wanted.job_id
      ) as "isConsistent"
    from unnest(${jobIds}::uuid[]) as wanted (job_id)
    cross join lateral (
      select count(*), min(shard_key) as lowest, max(shard_key) as highest
      from cost_results where job_id = wanted.job_id
    ) as resources`,
  );
  return new Map(facts.map((fact) => [fact.jobId, fact]));
}

/** Whether the derived columns of `jobs` have the values of their expressions. */
const isDerivationCorrect = sql.raw<boolean>(
  Object.entries(DERIVED)
    .map(([column, expression]) => `${snakeCase(column)} is not distinct from (${expression})`)
    .join(" and "),
);

function isInOneShard(part: TableName): Sql<boolean> {
  return sql`not exists (
    select from ${sql.raw(part)} as part where part.job_id = jobs.id and part.shard_key <> jobs.shard_key
  )`;
}
