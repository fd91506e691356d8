import type { Database } from "../database/database.ts";
import { SEARCH_TEXTS } from "../database/search-texts.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import type { Job } from "../jobs/job.graphql.ts";
import { wholeJob } from "../jobs/job-columns.sql.ts";
import { isMember, seriesKey } from "../jobs/series.sql.ts";
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
 * Candidates are the matching ones of the newest jobs. If there are more jobs, indexes find others:
 *
 * - The jobs that begin with the text, unless this is common among the newest jobs.
 * - The jobs that have it in any place, unless this is common, or enough series begin with it already.
 *
 * Too many jobs have a common text to read all of them.
 *
 * The text in a condition of an index is a subquery: PostgreSQL then does not know it when it plans, and uses the index
 * for any text.
 */
export function findJobs(db: Database, text: SearchedText, first: number): Promise<Job[]> {
  const { lower, hasTrigrams } = text;
  const columns = sql`jobs.id, jobs.shard_key, jobs.effective_at, jobs.project, jobs.branch, jobs.profile, jobs.currency,
        jobs.is_complete, jobs.is_default_branch, ${beginsWith(lower)} as begins`;
  const byPart = sql`
        union all
        select ${columns}
        from jobs
        where ${moreJobs} and (select count(*) from newest) < ${sql.lit(COMMON)}
          and (select count(distinct (${seriesKey("beginning")})) from beginnings as beginning) < ${sql.lit(first)}
          and ${joinedLike(lower)} and ${contains(lower)}`;
  return rows(
    db,
    { name: "search.jobs" },
    sql<Job>`
    with newest as materialized (
      select ${columns}
      from (select * from jobs order by effective_at desc, id desc limit ${sql.lit(NEWEST_JOBS)}) as jobs
      where ${commitBeginsWith(lower)} or (${joinedLike(lower)} and ${contains(lower)})
    ),
    beginnings as materialized (
      select ${columns}
      from jobs
      where ${moreJobs} and (select count(*) from newest where begins) < ${sql.lit(COMMON)}
        and ${sql.raw(SEARCH_TEXTS.beginnings)} @@ (select ${prefixQuery(lower)}::tsquery)
        and ${isMember("jobs")}
    ),
    matching as (
      select distinct on (${seriesKey("jobs")}) jobs.id, jobs.shard_key, jobs.begins, jobs.effective_at
      from (
        select * from newest
        union all
        select * from beginnings${hasTrigrams ? byPart : sql``}
      ) as jobs
      where ${isMember("jobs")}
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

/** Whether the viewer sees more jobs. Without the condition, a search in few jobs would read what others have stored. */
const moreJobs = sql<boolean>`exists (select from jobs offset ${sql.lit(NEWEST_JOBS)})`;

/** Whether a field or a label of `jobs` begins with the text. */
function beginsWith(lower: string): Sql<boolean> {
  return sql`(${commitBeginsWith(lower)} or ${anyText((text) => sql`starts_with(lower(${text}), ${lower})`)})`;
}

function commitBeginsWith(lower: string): Sql<boolean> {
  return sql`coalesce(starts_with(lower(jobs.commit_sha), ${lower}), false)`;
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
