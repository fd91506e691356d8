import { Readable } from "node:stream";
import { Big } from "big.js";
import { stringify } from "csv-stringify/sync";
import type { Database } from "../database/database.ts";
import type { CostResult, Job } from "../jobs/job.graphql.ts";
import type { JsonValue } from "../lib/json.ts";
import { resourcePages } from "./resource-pages.sql.ts";

/** All resources of a job as CSV (RFC 4180, UTF-8), with a header. */
export function streamCsv(db: Database, job: Job, columns: readonly Column[]): Readable {
  return textStream(csvTexts(db, job, columns));
}

async function* csvTexts(db: Database, job: Job, columns: readonly Column[]): AsyncGenerator<string> {
  yield csvText([columns.map(({ name }) => name)]);
  for await (const page of resourcePages(db, job.id)) {
    yield csvText(page.map((resource) => columns.map(({ cell }) => cell(resource, job))));
  }
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
export interface Column {
  readonly name: string;
  readonly cell: (resource: CostResult, job: Job) => Cell;
}

/** The text of a cell; null: an empty cell. */
export type Cell = string | null;

/** The columns of resources.csv, with the names of the REST API. */
export const RESOURCE_COLUMNS: readonly Column[] = [
  { name: "resource_id", cell: ({ resourceId }) => textCell(resourceId) },
  { name: "resource_type", cell: ({ resourceType }) => textCell(resourceType) },
  { name: "service", cell: ({ service }) => textCell(service) },
  { name: "region", cell: ({ region }) => textCell(region) },
  { name: "currency", cell: (_, { currency }) => currency },
  { name: "total_monthly_cost", cell: ({ totalMonthlyCost }) => totalMonthlyCost },
  { name: "compute_cost", cell: ({ computeCost }) => computeCost },
  { name: "storage_cost", cell: ({ storageCost }) => storageCost },
  { name: "network_cost", cell: ({ networkCost }) => networkCost },
  { name: "other_cost", cell: ({ otherCost }) => otherCost },
  { name: "confidence_score", cell: ({ confidenceScore }) => plainNumber(confidenceScore) },
  { name: "cost_drivers", cell: ({ costDrivers }) => jsonCell(costDrivers) },
  { name: "assumptions", cell: ({ assumptions }) => jsonCell(assumptions) },
  { name: "tags", cell: ({ tags }) => jsonCell(tags) },
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
