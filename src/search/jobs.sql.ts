import type { Database } from "../database/database.ts";
import { SEARCH_TEXTS } from "../database/search-texts.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import { isExcluded, isMemberUnlessExcluded, seriesKey } from "../jobs/series.sql.ts";
import type { SearchedText } from "./search.sql.ts";

/** The number of newest jobs that each search reads. */
export const NEWEST_JOBS = 2_000;

/** The number of the newest jobs from which on a text is common. */
export const COMMON = 20;

/** The number of labels of a job whose values are searched. */
const MAX_LABELS = 500;

/** The texts of a job that a search finds by any part. The names of fields are those of the columns. */
const FIELDS = ["branch", "pull_request_url", "pull_request_title", "run_id"];

/**
 * The newest matching member of each series: those that begin with the text first, then the newest.
 *
 * Candidates are the matching ones of the newest jobs, and what the indexes find. A text that is common among the newest
 * jobs is in too many jobs to read all of them: its other jobs are found by their beginnings only. If the beginning is
 * common too, the newest jobs are the only candidates.
 *
 * The text is a subquery: PostgreSQL then does not know it when it plans, and uses the indexes for any text.
 */
export function findJobs(db: Database, text: SearchedText, first: number): Promise<Job[]> {
  const { lower, hasTrigrams } = text;
  const columns = sql`jobs.id, jobs.shard_key, jobs.effective_at, jobs.project, jobs.branch, jobs.profile, jobs.currency,
        jobs.is_complete, jobs.is_default_branch, ${beginsWith(lower)} as begins`;
  const byPart = sql`
        union all
        select ${columns}
        from jobs
        where (select count(*) from newest) < ${sql.lit(COMMON)} and ${joinedLike(lower)} and ${contains(lower)}`;
  return rows(
    db,
    { name: "search.jobs" },
    sql<Job>`
    with newest as materialized (
      select ${columns}
      from (select * from jobs order by effective_at desc, id desc limit ${sql.lit(NEWEST_JOBS)}) as jobs
      where (${joinedLike(lower)} and ${contains(lower)}) or ${beginsWith(lower)}
    ),
    matching as (
      select distinct on (${seriesKey("jobs")}) jobs.id, jobs.shard_key, jobs.begins, jobs.effective_at
      from (
        select * from newest
        union all
        select ${columns}
        from jobs
        where (select count(*) from newest where begins) < ${sql.lit(COMMON)}
          and ${sql.raw(SEARCH_TEXTS.beginnings)} @@ (select ${prefixQuery(lower)}::tsquery)${hasTrigrams ? byPart : sql``}
      ) as jobs
      where ${isMemberUnlessExcluded("jobs")} and not ${isExcluded("jobs")}
      order by ${seriesKey("jobs")}, jobs.effective_at desc, jobs.id desc
    )
    select ${wholeJob.list}
    from (
      select * from matching order by begins desc, effective_at desc, id desc limit ${sql.lit(first)}
    ) as matching
    join jobs on jobs.id = matching.id and jobs.shard_key = matching.shard_key
    order by matching.begins desc, matching.effective_at desc, matching.id desc`,
  );
}

/** Whether a field or a label of `jobs` begins with the text. */
function beginsWith(lower: string): Sql<boolean> {
  const condition = (text: Sql<unknown>) => sql<boolean>`starts_with(lower(${text}), ${lower})`;
  return sql`(coalesce(${condition(sql`jobs.commit_sha`)}, false) or ${anyText(condition)})`;
}

/** Whether a field or a label of `jobs` has the text in any place. */
function contains(lower: string): Sql<boolean> {
  return anyText((text) => sql`position(${lower} in lower(${text})) > 0`);
}

function anyText(condition: (text: Sql<unknown>) => Sql<boolean>): Sql<boolean> {
  const fields = FIELDS.map((name) => sql`coalesce(${condition(sql.ref(`jobs.${name}`))}, false)`);
  return sql`(${sql.join(fields, sql` or `)} or exists (
          select from (
            select coalesce(value, 'null') as value from jsonb_each_text(jobs.labels) limit ${sql.lit(MAX_LABELS)}
          ) as label
          where ${condition(sql`label.value`)}
        ))`;
}

/**
 * Whether the joined texts of `jobs` have the text, or its form in a JSON string. The condition is one of idx_jobs_search;
 * it is also true for the keys of labels.
 */
function joinedLike(lower: string): Sql<boolean> {
  const inJson = JSON.stringify(lower).slice(1, -1);
  const likes = [...new Set([lower, inJson])].map((text) => {
    const pattern = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
    return sql<boolean>`${sql.raw(SEARCH_TEXTS.joined)} like (select ${pattern}::text)`;
  });
  return sql`(${sql.join(likes, sql` or `)})`;
}

/** The query of full-text search for words that begin with the text. The text is one word, whatever it contains. */
function prefixQuery(lower: string): string {
  return `'${lower.replaceAll("\\", "\\\\").replaceAll("'", "''")}':*`;
}
