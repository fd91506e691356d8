import { Readable } from "node:stream";
import { Big } from "big.js";
import { stringify } from "csv-stringify/sync";
import type { Database } from "../database/database.ts";
import type { CostResult, Job } from "../jobs/job.graphql.ts";
import type { JsonValue } from "../lib/json.ts";
import { resourcePages } from "./resource-pages.sql.ts";

/** Every resource of a job as CSV (RFC 4180, UTF-8), with a header. */
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
  // With a delimiter of its own, the library takes other line breaks for text; most who read the file do not.
  return stringify([...records], { record_delimiter: "windows", quote_record_delimiter: true });
}

/** The columns of resources.csv: what is stored of a resource, under the names of the REST routes. */
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

/** A column of an export. */
export interface Column {
  readonly name: string;
  readonly cell: (resource: CostResult, job: Job) => Cell;
}

/** What a spreadsheet takes for the beginning of a formula; the last four are the wide forms of the first. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A cell of a CSV file. null is empty. */
export type Cell = string | null;

/** A text of somebody else's: one that would be run as a formula gets an apostrophe in front (OWASP, CSV injection). */
export function textCell(text: string | null): Cell {
  return text !== null && FORMULA.test(text) ? `'${text}` : text;
}

/** A value as JSON. */
export function jsonCell(value: JsonValue): Cell {
  return textCell(JSON.stringify(value));
}

/** A double in plain notation, never 1e-7; null is empty. */
export function plainNumber(value: number | null): Cell {
  return value === null ? null : new Big(value).toFixed();
}

/**
 * A stream of texts that are made only as fast as they are taken: one is held in reserve. Who stops reading stops the
 * generator.
 */
export function textStream(texts: AsyncIterable<string>): Readable {
  return Readable.from(texts, { highWaterMark: 1 });
}
