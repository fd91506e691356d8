import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, type Sql, sql } from "../database/sql.ts";
import { readTextRows, type TextColumns, type TextRow, textRows } from "../database/text-rows.ts";

/**
 * A part of a job, such as its services: read for many jobs in one statement, or brought along by the statement that
 * reads the jobs themselves.
 */
export interface JobPart<Row> {
  /** Tells it from the other parts of the same request. */
  readonly key: string;
  /** Makes its rows, of the `jobs.id` of the statement that it stands in. */
  readonly sql: Sql<TextRow[]>;
  /** The part of the job with this id; at once if it was brought along: a promise for each of 20 jobs costs 0.1 ms. */
  load(jobId: string): Row[] | Promise<Row[]>;
  /** Takes what another statement has brought along. */
  bring(jobId: string, read: readonly TextRow[]): void;
}

/** What a part is made of. */
export interface JobPartSource<Row> {
  readonly key: string;
  /** Names the statement that reads the part alone. */
  readonly name: string;
  readonly columns: Partial<TextColumns<Row>>;
  /** What stands behind FROM; belongs to `jobs.id`, and has an order. */
  readonly from: Sql<unknown>;
}

/** A part of the jobs of one request. */
export function createJobPart<Row>(
  db: Database,
  { key, name, columns, from }: JobPartSource<Row>,
): JobPart<Row> {
  const part = textRows(columns, from);
  const loader = new DataLoader<string, Row[]>(async (ids) => {
    const found = await rows(
      db,
      sql<{ id: string; part: TextRow[] }>`${sql.raw(`/* ${name} */`)} /* prepared */
      select jobs.id, ${part} as part from unnest(${ids}::uuid[]) as jobs (id)`,
      "belonging",
    );
    const byId = new Map(found.map(({ id, part }) => [id, part]));
    return ids.map((id) => readTextRows(columns, byId.get(id) ?? []));
  });
  const brought = new Map<string, Row[]>();
  return {
    key,
    sql: part,
    load: (jobId) => brought.get(jobId) ?? loader.load(jobId),
    bring: (jobId, read) => brought.set(jobId, readTextRows(columns, read)),
  };
}
