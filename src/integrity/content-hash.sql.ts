import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { CanonicalJson } from "./canonical-json.ts";

/** How PostgreSQL writes the lines of a sealed form. */
interface SealedForm {
  /** The line of a row of `jobs`, with its services and regions. */
  readonly job: Sql<string>;
  /** The line of a row of `cost_results`. */
  readonly resource: Sql<string>;
}

/**
 * The sealed forms, by the number that stands in each entry of the chain. A form is a line of JSON for the job, then one
 * for each resource in the order of `cost_rank`, each with a line feed behind it, as RFC 8785 writes them. PostgreSQL
 * writes the lines, `CanonicalJson` makes them canonical. Amounts are text, with the digits that are stored; moments are
 * in UTC. The first element of the job's line is the number of the form.
 *
 * A new column needs a new form. The old ones stay as they are, because jobs are sealed in them. Generated columns are
 * part of no form.
 */
const FORMS: Readonly<Record<number, SealedForm>> = {
  1: {
    job: sql<string>`json_build_array(
  1, id, created_at at time zone 'UTC', estimated_at at time zone 'UTC', user_id, project, branch,
  commit_sha, pull_request_url, profile, estimator, terraform_plan_hash, schema_version, currency,
  total_monthly_cost::text, confidence_score, resource_count, unpriced_resource_count, labels, warnings,
  coalesce((
    select json_agg(json_build_array(service, total_monthly_cost::text, resource_count, unpriced_resource_count)
      order by service collate "C")
    from service_costs where job_id = jobs.id
  ), '[]'),
  coalesce((
    select json_agg(
      json_build_array(region, total_monthly_cost::text, resource_count, unpriced_resource_count, services)
      order by region collate "C")
    from region_costs where job_id = jobs.id
  ), '[]')
)::text`,
    resource: sql<string>`json_build_array(
  cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost::text, compute_cost::text,
  storage_cost::text, network_cost::text, other_cost::text, confidence_score, cost_drivers, assumptions, tags
)::text`,
  },
};

/** The form in which jobs are sealed now. */
export const NEWEST_FORM = 1;

/** Whether this version can verify jobs that are sealed in a form. */
export function isKnownForm(form: number): boolean {
  return Object.hasOwn(FORMS, form);
}

function formOf(number: number): SealedForm {
  const form = FORMS[number];
  if (form === undefined) throw new Error(`There is no sealed form ${number}.`);
  return form;
}

/**
 * Lets PostgreSQL read lines by their index for the rest of a transaction. It has no statistics of a database that was
 * just restored, and then sorts the rest of a job for each page: 200,000 resources in jobs of 10,000 took 28
 * microseconds each instead of 9. (Before version 18 a plan that sorts all the same costs so much that PostgreSQL would
 * compile it.)
 */
export async function readInOrder(tx: Database): Promise<void> {
  await rows(
    tx,
    { name: "integrity.readInOrder" },
    sql`select set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
  );
}

/** So many lines are read at once, about 1.5 MB: they take some 10 ms to hash, for which everything else waits. */
const LINES_PER_PAGE = 4_000;

/**
 * So many resources come in one text, about 20 KB. As rows of their own they take 15 per cent longer to read; in one
 * text of 700 KB, PostgreSQL takes two to three times as long to make them.
 */
const RESOURCES_PER_TEXT = 64;

/** The least cost_rank: ours begin at 0, but a row that is not ours may have any. */
const LOWEST = -2_147_483_648;

/** Lines of a job that follow each other, not canonical yet. */
interface Lines {
  /** Of which of the jobs, counted from 1. */
  readonly nth: number;
  /** How many they are. */
  readonly count: number;
  /** The place of the last resource; null: it is the line of the job itself. */
  readonly lastRank: number | null;
  /** With a line feed between them. */
  readonly json: string;
}

/**
 * The lines behind the given ones, job by job as they are listed, a page of them; the last page is not full. Each page
 * begins where the one before has ended, by the primary key, so that memory does not grow with the resources.
 */
function readLines(db: Database, form: number, jobIds: readonly string[], after?: Lines): Promise<Lines[]> {
  const { job, resource } = formOf(form);
  const nth = after?.nth ?? 1;
  const from = after === undefined ? LOWEST : (after.lastRank ?? LOWEST - 1) + 1;
  return rows(
    db,
    { name: "integrity.lines" },
    sql<Lines>`
    select nth, count(*), max(cost_rank) as "lastRank", string_agg(json, E'\n' order by cost_rank) as json
    from (
      select ${nth - 1}::int + wanted.nth as nth, line.cost_rank, line.cost_rank / ${RESOURCES_PER_TEXT}::int as part, line.json
      from unnest(${jobIds.slice(nth - 1)}::uuid[]) with ordinality as wanted (job_id, nth)
      cross join lateral (
        select null::int as cost_rank, ${job} as json
        from jobs
        where id = wanted.job_id and (wanted.nth > 1 or ${after === undefined}::boolean)
        union all (
          select cost_rank, ${resource}
          from cost_results
          where job_id = wanted.job_id
            and cost_rank >= case when wanted.nth = 1 then ${from}::bigint else ${LOWEST}::bigint end
          order by cost_rank
        )
      ) as line
      limit ${LINES_PER_PAGE}
    ) as page
    group by nth, part
    order by nth, part nulls first`,
  );
}

/**
 * How many resources are stored of jobs, by job id. Without a look at their ranks: who has dropped the primary
 * key can put in rows without a rank, or of one that another page has ended with. Job by job, or else PostgreSQL
 * without statistics reads the whole table for each part of the jobs.
 */
export async function countResources(db: Database, jobIds: readonly string[]): Promise<Map<string, number>> {
  const counted = await rows(
    db,
    { name: "integrity.resourceCounts" },
    sql<{ jobId: string; count: number }>`
    select job_id as "jobId", (select count(*) from cost_results where job_id = wanted.job_id) as count
    from unnest(${jobIds}::uuid[]) as wanted (job_id)`,
  );
  return new Map(counted.map(({ jobId, count }) => [jobId, count]));
}

/** The SHA-256 over the canonical form of a job, as it is stored at this moment. */
interface ContentHash {
  readonly jobId: string;
  readonly hash: Buffer;
  readonly resourceCount: number;
}

/**
 * Hashes what is stored of jobs, in the order given; a job that is not there is left out.
 * @param form the number of the sealed form.
 */
export async function* contentHashes(
  db: Database,
  jobIds: readonly string[],
  form: number,
): AsyncGenerator<ContentHash> {
  const canonical = new CanonicalJson();
  let job: HashedJob | undefined;
  for await (const page of pagesOfLines(db, form, jobIds)) {
    for (const lines of page) {
      if (lines.nth !== job?.nth) {
        if (job?.isStored) yield job.end();
        job = new HashedJob(lines.nth, jobIds[lines.nth - 1] ?? "");
      }
      job.add(lines, canonical);
    }
  }
  if (job?.isStored) yield job.end();
}

async function* pagesOfLines(db: Database, form: number, jobIds: readonly string[]): AsyncGenerator<Lines[]> {
  if (jobIds.length === 0) return;
  let reading = readLines(db, form, jobIds);
  for (;;) {
    const page = await reading;
    if (countLines(page) < LINES_PER_PAGE) {
      yield page;
      return;
    }
    // PostgreSQL makes it while this one is hashed. Whoever stops here does not wait for it, nor for its failure.
    reading = readLines(db, form, jobIds, page.at(-1));
    reading.catch(() => undefined);
    yield page;
  }
}

function countLines(page: readonly Lines[]): number {
  return page.reduce((sum, { count }) => sum + count, 0);
}

class HashedJob {
  readonly nth: number;
  readonly #id: string;
  readonly #hash = createHash("sha256");
  #isStored = false;
  #resources = 0;

  constructor(nth: number, id: string) {
    this.nth = nth;
    this.#id = id;
  }

  /** Whether there is a job, and not only rows that say to belong to it. */
  get isStored(): boolean {
    return this.#isStored;
  }

  add({ count, lastRank, json }: Lines, canonical: CanonicalJson): void {
    if (lastRank === null) this.#isStored = true;
    else this.#resources += count;
    this.#hash.update(canonical.lines(json));
  }

  end(): ContentHash {
    return { jobId: this.#id, hash: this.#hash.digest(), resourceCount: this.#resources };
  }
}
