import { columnsOf } from "../../src/database/columns.ts";

/** The columns of jobs that are written, without those that the database derives from them. */
const {
  effectiveAt: _,
  isComplete: __,
  isDefaultBranch: ___,
  shardKey: ____,
  ...written
} = columnsOf("jobs");
const COLUMNS = Object.values(written).join();

/**
 * SQL that inserts copies of a job, without its parts.
 * @param job the id of the job.
 * @param changes SQL of a JSON object with other values by column; an id at least.
 */
export function copyOfJob(job: string, changes: string, count = 1): string {
  return `insert into jobs (${COLUMNS})
    select ${COLUMNS} from (
      select (jsonb_populate_record(jobs, ${changes})).* from jobs, generate_series(1, ${count}) where id = '${job}'
    ) as copies`;
}

/** SQL that inserts the rows of a table that was created as a copy of jobs. */
export function insertJobsOf(table: string): string {
  return `insert into jobs (${COLUMNS}) select ${COLUMNS} from ${table}`;
}
