import type { Readable } from "node:stream";
import type { Database } from "../../database/database.ts";
import { RESOURCE_COLUMNS, streamCsv } from "../../export/csv.ts";
import { FOCUS_COLUMNS } from "../../export/focus.ts";
import { streamJson } from "../../export/json.ts";
import type { Job } from "../../jobs/job.graphql.ts";
import { createJobReader, requireJob } from "../../jobs/job-reader.ts";
import { defineRoute, JOB_PATH, NO_PARAMETERS } from "./route.ts";

interface Export {
  readonly suffix: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly mediaType: string;
  readonly stream: (db: Database, job: Job) => Readable;
}

const EXPORTS: readonly Export[] = [
  {
    suffix: "csv",
    operationId: "exportCsv",
    summary: "All resources of a job as CSV",
    description:
      "RFC 4180, UTF-8. Amounts have all their digits; an unknown cost is an empty field. A text that a spreadsheet would interpret as a formula starts with an apostrophe.",
    mediaType: "text/csv",
    stream: (db, job) => streamCsv(db, job, RESOURCE_COLUMNS),
  },
  {
    suffix: "focus.csv",
    operationId: "exportFocus",
    summary: "All resources of a job as CSV with the columns of FOCUS 1.2",
    description:
      "As resources.csv, with the column names of the FinOps Open Cost and Usage Specification. An estimate of one month, not a bill; docs/api.md describes each column.",
    mediaType: "text/csv",
    stream: (db, job) => streamCsv(db, job, FOCUS_COLUMNS),
  },
  {
    suffix: "json",
    operationId: "exportJson",
    summary: "All resources of a job as JSON, costs as strings",
    description: "One array in one response. An unknown cost is null.",
    mediaType: "application/json",
    stream: streamJson,
  },
];

/** GET /jobs/{job_id}/resources.csv and the like: all resources in one answer, made while it is sent. */
export const exportRoutes = EXPORTS.map(({ suffix, stream, ...description }) =>
  defineRoute({
    ...description,
    method: "GET",
    isExport: true,
    path: `/jobs/{job_id}/resources.${suffix}`,
    parameters: { path: JOB_PATH, query: NO_PARAMETERS },
    answers: { 200: "All resources, most expensive first and unknown costs last." },
    answerHeaders: { "Content-Disposition": "The name of the file." },
    refusals: [404],
    handle: async ({ path, context: { db, loaders } }) => {
      const job = await requireJob(loaders(createJobReader), "job_id", path.job_id);
      return {
        headers: { "content-disposition": `attachment; filename="${job.id}.${suffix}"` },
        body: stream(db, job),
      };
    },
  }),
);
