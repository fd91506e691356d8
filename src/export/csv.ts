import type { Readable } from "node:stream";
import { stringify } from "csv-stringify/sync";
import type { Database } from "../database/database.ts";
import type { Job } from "../jobs/job.types.ts";
import type { Cell } from "./cells.ts";
import type { Column } from "./columns.ts";
import { resourcePages } from "./resource-pages.queries.ts";
import { textStream } from "./text-stream.ts";

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
