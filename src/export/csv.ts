import { Readable } from "node:stream";
import { Big } from "big.js";
import { stringify } from "csv-stringify/sync";
import { PROFILE_NAMES } from "../jobs/usage-profile.ts";
import type { JsonValue } from "../lib/json.ts";
import type { JobResource } from "./resource-pages.sql.ts";

/** The rows of pages as CSV (RFC 4180, UTF-8), with a header. Each page is read on demand. */
export function streamCsv<Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Readable {
  return textStream(csvTexts(columns, pages));
}

async function* csvTexts<Row>(
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): AsyncGenerator<string> {
  yield csvText([columns.map(({ name }) => name)]);
  for await (const page of pages) yield csvText(page.map((row) => columns.map(({ cell }) => cell(row))));
}

function csvText(records: readonly (readonly Cell[])[]): string {
  // By default the library quotes only the record delimiter; most readers treat every line break as one.
  return stringify([...records], { record_delimiter: "windows", quote_record_delimiter: true });
}

/** A stream that generates its texts on demand, with a buffer of one text. Destroying the stream ends the generator. */
export function textStream(texts: AsyncIterable<string>): Readable {
  return Readable.from(texts, { highWaterMark: 1 });
}

/** A column of a CSV file. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => Cell;
}

/** The text of a cell; null: an empty cell. */
export type Cell = string | null;

/** The columns of resources.csv, with the names of the REST API. */
export const RESOURCE_COLUMNS: readonly Column<JobResource>[] = [
  { name: "resource_id", cell: ({ resource }) => textCell(resource.resourceId) },
  { name: "resource_type", cell: ({ resource }) => textCell(resource.resourceType) },
  { name: "service", cell: ({ resource }) => textCell(resource.service) },
  { name: "region", cell: ({ resource }) => textCell(resource.region) },
  { name: "currency", cell: ({ job }) => job.currency },
  { name: "total_monthly_cost", cell: ({ resource }) => resource.totalMonthlyCost },
  { name: "compute_cost", cell: ({ resource }) => resource.computeCost },
  { name: "storage_cost", cell: ({ resource }) => resource.storageCost },
  { name: "network_cost", cell: ({ resource }) => resource.networkCost },
  { name: "other_cost", cell: ({ resource }) => resource.otherCost },
  { name: "confidence_score", cell: ({ resource }) => plainNumber(resource.confidenceScore) },
  { name: "cost_drivers", cell: ({ resource }) => jsonCell(resource.costDrivers) },
  { name: "assumptions", cell: ({ resource }) => jsonCell(resource.assumptions) },
  { name: "tags", cell: ({ resource }) => jsonCell(resource.tags) },
];

/** The columns of the resources of several jobs: those of their jobs, then those of resources.csv. */
export const PORTFOLIO_COLUMNS: readonly Column<JobResource>[] = [
  { name: "job_id", cell: ({ job }) => job.id },
  { name: "project", cell: ({ job }) => textCell(job.project) },
  { name: "branch", cell: ({ job }) => textCell(job.branch) },
  { name: "profile", cell: ({ job }) => job.profile && PROFILE_NAMES[job.profile] },
  { name: "commit_sha", cell: ({ job }) => textCell(job.commitSha) },
  { name: "effective_at", cell: ({ job }) => job.effectiveAt.toISOString() },
  ...RESOURCE_COLUMNS,
];

/** The first character of a formula in a spreadsheet; the last four are the full-width forms of the first four. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** The cell of a user's text. An apostrophe before a formula prevents its execution (OWASP, CSV injection). */
export function textCell(text: string | null): Cell {
  return text !== null && FORMULA.test(text) ? `'${text}` : text;
}

/** The cell of a JSON value, as JSON text. */
export function jsonCell(value: JsonValue): Cell {
  return textCell(JSON.stringify(value));
}

/** The cell of a double in plain notation, without an exponent such as in 1e-7. */
export function plainNumber(value: number | null): Cell {
  return value === null ? null : new Big(value).toFixed();
}
