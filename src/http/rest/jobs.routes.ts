import * as z from "zod";
import { requireJob } from "../../jobs/find-job.ts";
import { WHOLE_JOB } from "../../jobs/job-columns.queries.ts";
import { JOB_PAGE, jobCursor, listJobs } from "../../jobs/jobs.queries.ts";
import { encodeCursor } from "../../pagination/cursor.ts";
import { pageOf } from "../../pagination/page.ts";
import { LINK_HEADER, nextPage } from "./link.ts";
import { JOB_PATH, NO_PARAMETERS, pageParameters } from "./parameters.ts";
import { PAGE_WORDING, reworded, withWording } from "./reword.ts";
import { defineRoute } from "./route.ts";
import { JobBody, JobsBody, jobBody } from "./schemas/job.ts";

const ORDER = "CREATED_AT_DESC";
const PROFILES = { dev: "DEV", staging: "STAGING", prod: "PROD" } as const;

const only = (description: string) => z.string().optional().meta({ description });

const reword = withWording({ ...PAGE_WORDING, "filter.userId": "user_id", filter: "the query" });

/** GET /jobs/{job_id}: one job. */
export const jobRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}",
  operationId: "getJob",
  summary: "One stored estimate",
  parameters: { path: JOB_PATH, query: NO_PARAMETERS },
  answers: { 200: "The job." },
  schema: JobBody,
  refusals: [404],
  handle: async ({ path, context }) => ({
    body: jobBody(await requireJob(context.loaders, "job_id", path.job_id)),
  }),
});

/** GET /jobs: the stored jobs. */
export const jobsRoute = defineRoute({
  method: "GET",
  path: "/jobs",
  operationId: "listJobs",
  summary: "The stored estimates, newest first",
  parameters: {
    path: NO_PARAMETERS,
    query: z.strictObject({
      user_id: only("Stored by this user."),
      project: only("Of this project."),
      branch: only("Of this branch."),
      profile: z
        .enum(["dev", "staging", "prod"], "must be dev, staging or prod")
        .optional()
        .meta({ description: "With these usage assumptions." }),
      ...pageParameters(JOB_PAGE),
    }),
  },
  answers: { 200: "A page of jobs." },
  answerHeaders: LINK_HEADER,
  schema: JobsBody,
  refusals: [],
  handle: ({ query, context }) =>
    reworded(reword, async () => {
      const { user_id: userId, project, branch, profile, limit, cursor } = query;
      const filter = {
        ...(userId !== undefined && { userId }),
        ...(project !== undefined && { project }),
        ...(branch !== undefined && { branch }),
        ...(profile !== undefined && { profile: PROFILES[profile] }),
      };
      const args = pageOf({ first: limit, after: cursor }, JOB_PAGE);
      const { rows, hasNextPage } = await listJobs(context.db, filter, ORDER, args, WHOLE_JOB);
      const last = hasNextPage ? rows.at(-1) : undefined;
      return {
        body: rows.map(jobBody),
        headers: nextPage("/jobs", query, last && encodeCursor(jobCursor(ORDER, last))),
      };
    }),
});
