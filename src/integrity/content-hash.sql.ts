import { createHash } from "node:crypto";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { CanonicalJson } from "./canonical-json.ts";

/** The SQL expressions for the lines of a sealed form. */
interface SealedForm {
  /** The line of a row of `jobs`, with its services and regions. */
  readonly job: Sql<string>;
  /** The line of a row of `cost_results`. */
  readonly resource: Sql<string>;
  /** Whether the columns of `jobs` that only later forms have are null. */
  readonly hasOnlyOwnColumns: Sql<boolean>;
}

/** The columns of `jobs` in the line of form 1, in their order. */
const FORM_1_COLUMNS = sql`
  id, created_at at time zone 'UTC', estimated_at at time zone 'UTC', user_id, project, branch,
  commit_sha, pull_request_url, profile, estimator, terraform_plan_hash, schema_version, currency,
  total_monthly_cost::text, confidence_score, resource_count, unpriced_resource_count, labels, warnings`;

/** The columns that form 2 adds. */
const FORM_2_COLUMNS = sql`
  stated_complete, unsupported_resource_count, stated_default_branch, run_id, run_url, commit_url,
  committed_at at time zone 'UTC', commit_message, commit_author, pull_request_title, target_branch`;

const RESOURCE_LINE = sql<string>`json_build_array(
  cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost::text, compute_cost::text,
  storage_cost::text, network_cost::text, other_cost::text, confidence_score, cost_drivers, assumptions, tags
)::text`;

/** The line of a job: the number of the form, the columns of the job, its services and its regions. */
function jobLine(form: number, columns: Sql<unknown>): Sql<string> {
  return sql`json_build_array(
  ${sql.lit(form)}, ${columns},
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
)::text`;
}

/**
 * The sealed forms, by the number of the form in each entry of the chain. A form has one line of canonical JSON (RFC
 * 8785) for the job, then one line for each resource in the order of `cost_rank`. Each line ends with a line feed.
 * PostgreSQL writes the lines, and `CanonicalJson` makes them canonical. Amounts are text with the stored digits. Times
 * are in UTC. The first element of the line of the job is the number of the form.
 *
 * A new column needs a new form. The old forms never change, because jobs are sealed in them. Derived columns
 * (database/derived-columns.ts) are not part of any form.
 */
const FORMS: Readonly<Record<number, SealedForm>> = {
  1: {
    job: jobLine(1, FORM_1_COLUMNS),
    resource: RESOURCE_LINE,
    hasOnlyOwnColumns: sql`num_nonnulls(${FORM_2_COLUMNS}) = 0`,
  },
  2: {
    job: jobLine(2, sql`${FORM_1_COLUMNS}, ${FORM_2_COLUMNS}`),
    resource: RESOURCE_LINE,
    hasOnlyOwnColumns: sql`true`,
  },
};

/** The number of the form of new seals. */
export const NEWEST_FORM = 2;

/** Whether this version of the service knows a form, and can verify the jobs that were sealed in the form. */
export function isKnownForm(form: number): boolean {
  return Object.hasOwn(FORMS, form);
}

/** @throws Error when the form is unknown. */
export function formOf(number: number): SealedForm {
  const form = FORMS[number];
  if (form === undefined) throw new Error(`There is no sealed form ${number}.`);
  return form;
}

/**
 * Makes PostgreSQL read lines by their index for the rest of the transaction. Without statistics, as after a restore,
 * PostgreSQL would sort the rest of a job for each page: 200,000 resources in jobs of 10,000 took 28 microseconds each
 * instead of 9. JIT is disabled too, because PostgreSQL before version 18 gives a plan with a disabled sort such a high
 * cost that JIT compilation starts.
 */
export async function disableSort(tx: Database): Promise<void> {
  await rows(
    tx,
    { name: "integrity.readInOrder" },
    sql`select set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
  );
}

/**
 * The number of lines in one page, about 1.5 MB. The process hashes a page in about 10 ms, and serves no other request
 * during this time.
 */
const LINES_PER_PAGE = 4_000;

/**
 * The number of resources in one text of about 20 KB. Separate rows take 15 per cent longer to read. PostgreSQL takes
 * two to three times as long to create one text of 700 KB.
 */
const RESOURCES_PER_TEXT = 64;

/** The lowest value of cost_rank. The service writes ranks from 0, but a manipulated row can have any rank. */
const LOWEST = -2_147_483_648;

/** Consecutive lines of a job, not canonical yet. */
interface Lines {
  /** The position of the job in the list of jobs, from 1. */
  readonly nth: number;
  /** The number of lines. */
  readonly count: number;
  /** The rank of the last resource; null: the line of the job itself. */
  readonly lastRank: number | null;
  /** The lines, separated by line feeds. */
  readonly json: string;
}

/**
 * The next page of lines, in the order of the listed jobs. The last page is not full. A page begins after the last
 * primary key of the previous page, so that memory does not grow with the number of resources.
 * @param after the last lines of the previous page; undefined: the first page.
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

/** The SHA-256 hash of the canonical form of a stored job. */
interface ContentHash {
  readonly jobId: string;
  readonly hash: Buffer;
  readonly resourceCount: number;
}

/**
 * Hashes the stored contents of jobs, in the order of the list. A job that is not stored is left out.
 * @param form the number of the sealed form.
 * @throws Error when the form is unknown.
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
    // PostgreSQL prepares the next page while the caller hashes this page. If the caller stops here, the next page and
    // its error are ignored.
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

  /** Whether the job is stored; false: only rows that refer to the job are stored. */
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
