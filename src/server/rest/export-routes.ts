import type { Readable } from "node:stream";
import * as z from "zod";
import { PORTFOLIO_COLUMNS, RESOURCE_COLUMNS, streamCsv } from "../../export/csv.ts";
import { FOCUS_COLUMNS } from "../../export/focus.ts";
import { portfolioRecord, resourceRecord, streamJson } from "../../export/json.ts";
import {
  currentJobIds,
  type JobResource,
  resourcePages,
  resourcePagesOfJobs,
} from "../../export/resource-pages.sql.ts";
import { MAX_AGE_DAYS } from "../../jobs/current-jobs.sql.ts";
import { MAX_PROJECTS } from "../../jobs/job-filter.sql.ts";
import { createJobReader, requireJob } from "../../jobs/job-reader.ts";
import { BadUserInput, rangeProblems } from "../../lib/errors.ts";
import { asOf, FILTER_PARAMETERS, filterOf, filterSpelling, maxAgeDays } from "./filter-parameters.ts";
import { attachment, defineRoute, JOB_PATH, NO_PARAMETERS, withSpelling } from "./route.ts";

type Pages = AsyncIterable<readonly JobResource[]>;

interface Format {
  readonly suffix: string;
  /** The end of the operationIds. */
  readonly name: string;
  /** The end of the summaries. */
  readonly title: string;
  readonly description: string;
  readonly mediaType: string;
  readonly ofJob: (pages: Pages) => Readable;
  readonly ofPortfolio: (pages: Pages) => Readable;
}

const FORMATS: readonly Format[] = [
  {
    suffix: "csv",
    name: "Csv",
    title: "as CSV",
    description:
      "RFC 4180, UTF-8. Amounts have all their digits; an unknown cost is an empty field. A text that a spreadsheet would interpret as a formula starts with an apostrophe.",
    mediaType: "text/csv",
    ofJob: (pages) => streamCsv(RESOURCE_COLUMNS, pages),
    ofPortfolio: (pages) => streamCsv(PORTFOLIO_COLUMNS, pages),
  },
  {
    suffix: "focus.csv",
    name: "Focus",
    title: "as CSV with the columns of FOCUS 1.2",
    description:
      "As resources.csv, with the column names of the FinOps Open Cost and Usage Specification. An estimate of one month, not a bill; docs/api.md describes each column.",
    mediaType: "text/csv",
    ofJob: (pages) => streamCsv(FOCUS_COLUMNS, pages),
    ofPortfolio: (pages) => streamCsv(FOCUS_COLUMNS, pages),
  },
  {
    suffix: "json",
    name: "Json",
    title: "as JSON, costs as strings",
    description: "One array in one response. An unknown cost is null.",
    mediaType: "application/json",
    ofJob: (pages) => streamJson(pages, resourceRecord),
    ofPortfolio: (pages) => streamJson(pages, portfolioRecord),
  },
];

const FILE = { isExport: true, answerHeaders: { "Content-Disposition": "The name of the file." } } as const;

/** GET /jobs/{job_id}/resources.csv and the like: all resources in one answer, made while it is sent. */
const jobExports = FORMATS.map(({ suffix, name, title, description, mediaType, ofJob }) =>
  defineRoute({
    ...FILE,
    method: "GET",
    path: `/jobs/{job_id}/resources.${suffix}`,
    operationId: `export${name}`,
    summary: `All resources of a job ${title}`,
    description,
    mediaType,
    parameters: { path: JOB_PATH, query: NO_PARAMETERS },
    answers: { 200: "All resources, most expensive first and unknown costs last." },
    refusals: [404],
    handle: async ({ path, context: { db, loaders } }) => {
      const job = await requireJob(loaders(createJobReader), "job_id", path.job_id);
      return { headers: attachment(`${job.id}.${suffix}`), body: ofJob(resourcePages(db, job)) };
    },
  }),
);

const CURRENT_QUERY = z.strictObject({
  as_of: asOf,
  max_age_days: maxAgeDays,
  ...FILTER_PARAMETERS,
});

/** GET /resources.csv and the like: the resources of the current jobs of several projects. */
const portfolioExports = FORMATS.map(({ suffix, name, title, description, mediaType, ofPortfolio }) =>
  defineRoute({
    ...FILE,
    method: "GET",
    path: `/resources.${suffix}`,
    operationId: `exportResources${name}`,
    summary: `All resources of the current jobs of several projects ${title}`,
    description: `The current job of a project, profile and currency is the newest complete one on the default branch, unless a condition selects branches: the jobs of GET /portfolio. The parameter projects is required. ${description}`,
    mediaType,
    parameters: { path: NO_PARAMETERS, query: CURRENT_QUERY },
    answers: {
      200: "All resources, by project, profile and currency; of each job the most expensive first.",
    },
    refusals: [],
    handle: ({ query, context: { db } }) =>
      withSpelling(filterSpelling(), async () => {
        const problems = rangeProblems(["maxAgeDays"], query.max_age_days, 1, MAX_AGE_DAYS);
        if (query.projects === undefined) {
          const rule = `is missing: name 1 to ${MAX_PROJECTS} projects, each as projects=NAME`;
          problems.push({ path: ["filter", "projects"], rule });
        }
        if (problems.length > 0) throw new BadUserInput(problems);
        const current = { filter: filterOf(query), byBranch: false, maxAgeDays: query.max_age_days };
        const ids = await currentJobIds(db, current, query.as_of);
        return {
          headers: attachment(`resources.${suffix}`),
          body: ofPortfolio(resourcePagesOfJobs(db, ids)),
        };
      }),
  }),
);

/** The exports of resources. */
export const exportRoutes = [...jobExports, ...portfolioExports];
