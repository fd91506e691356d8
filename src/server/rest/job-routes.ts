import * as z from "zod";
import { compareJobs } from "../../comparison/compare-jobs.ts";
import { streamJsonArray } from "../../export/json.ts";
import { connectionOf } from "../../graphql/connection.ts";
import { wholeJob } from "../../jobs/job-columns.sql.ts";
import { RESOURCE_PAGE } from "../../jobs/job-fields.sql.ts";
import { createJobReader, requireJob } from "../../jobs/job-reader.ts";
import { countJobs, JOB_PAGE, jobCursor, listJobs } from "../../jobs/job-rows.sql.ts";
import { PROFILE_NAMES, PROFILES_BY_NAME } from "../../jobs/usage-profile.ts";
import { pageOf } from "../../lib/page.ts";
import {
  defineRoute,
  JOB_PATH,
  jobId,
  LINK_HEADER,
  NO_PARAMETERS,
  nextPage,
  PAGE_PARAMETERS,
  pageParameters,
  parameterSpelling,
  withSpelling,
} from "./route.ts";
import {
  ComparisonBody,
  comparisonBody,
  JobBody,
  JobsBody,
  jobBody,
  RegionsBody,
  ResourcesBody,
  regionsBody,
  resourceBody,
  ServicesBody,
  servicesBody,
} from "./schemas.ts";

const ORDER = "CREATED_AT_DESC";

const only = (description: string) => z.string().optional().meta({ description });

const spellJobs = parameterSpelling({
  ...PAGE_PARAMETERS,
  "filter.userId": "user_id",
  "filter.project": "project",
  "filter.branch": "branch",
});

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
    body: jobBody(await requireJob(context.loaders(createJobReader), "job_id", path.job_id)),
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
      user_id: only("Only jobs that this user stored."),
      project: only("Only jobs of this project."),
      branch: only("Only jobs of this branch."),
      profile: z
        .enum(PROFILE_NAMES, "must be dev, staging or prod")
        .optional()
        .meta({ description: "Only jobs with these usage assumptions." }),
      ...pageParameters(JOB_PAGE),
    }),
  },
  answers: { 200: "A page of jobs." },
  answerHeaders: LINK_HEADER,
  schema: JobsBody,
  refusals: [],
  handle: ({ query, context }) =>
    withSpelling(spellJobs, async () => {
      const { user_id: userId, project, branch, profile, limit, cursor } = query;
      const filter = {
        ...(userId !== undefined && { userId }),
        ...(project !== undefined && { project }),
        ...(branch !== undefined && { branch }),
        ...(profile !== undefined && { profile: PROFILES_BY_NAME[profile] }),
      };
      const args = pageOf({ first: limit, after: cursor }, JOB_PAGE);
      const page = connectionOf(
        await listJobs(context.db, filter, ORDER, args, wholeJob),
        (job) => jobCursor(ORDER, job),
        () => countJobs(context.db, filter),
      );
      return { body: page.nodes.map(jobBody), headers: nextPage("/jobs", query, page.pageInfo()) };
    }),
});

/** GET /jobs/{job_id}/resources: what each resource costs. */
export const resourcesRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/resources",
  operationId: "listResources",
  summary: "The resources of a job, most expensive first and unknown costs last",
  parameters: { path: JOB_PATH, query: z.strictObject(pageParameters({ ...RESOURCE_PAGE, default: "all" })) },
  answers: { 200: "All resources, or a page of them when limit or cursor is given." },
  answerHeaders: LINK_HEADER,
  schema: ResourcesBody,
  refusals: [404],
  handle: ({ path, query, context: { db, loaders } }) =>
    withSpelling(parameterSpelling(PAGE_PARAMETERS), async () => {
      const jobs = loaders(createJobReader);
      const job = await requireJob(jobs, "job_id", path.job_id);
      // Clients of the first version do not know pages here, and would treat the first page as the whole list.
      if (query.limit === undefined && query.cursor === undefined) {
        return { body: streamJsonArray(db, job.id, resourceBody) };
      }
      const page = await jobs.resources(job.id, { first: query.limit, after: query.cursor });
      return {
        body: page.nodes.map(resourceBody),
        headers: nextPage(`/jobs/${job.id}/resources`, query, page.pageInfo),
      };
    }),
});

/** GET /jobs/{job_id}/services: what each service costs. */
export const servicesRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/services",
  operationId: "listServices",
  summary: "The cost of each service of a job, most expensive first",
  parameters: { path: JOB_PATH, query: NO_PARAMETERS },
  answers: { 200: "All services." },
  schema: ServicesBody,
  refusals: [404],
  handle: async ({ path, context: { loaders } }) => {
    const jobs = loaders(createJobReader);
    const job = await requireJob(jobs, "job_id", path.job_id);
    return { body: servicesBody(await jobs.services(job.id)) };
  },
});

/** GET /jobs/{job_id}/regions: what each region costs. */
export const regionsRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/regions",
  operationId: "listRegions",
  summary: "The cost of each region of a job, most expensive first",
  parameters: { path: JOB_PATH, query: NO_PARAMETERS },
  answers: { 200: "All regions." },
  schema: RegionsBody,
  refusals: [404],
  handle: async ({ path, context: { loaders } }) => {
    const jobs = loaders(createJobReader);
    const job = await requireJob(jobs, "job_id", path.job_id);
    return { body: regionsBody(await jobs.regions(job.id)) };
  },
});

const spellComparison = parameterSpelling({ baseJobId: "job_id_1", targetJobId: "job_id_2" });

/** GET /compare: what changed from one job to another. */
export const compareRoute = defineRoute({
  method: "GET",
  path: "/compare",
  operationId: "compareJobs",
  summary: "The changes from one job to another",
  parameters: {
    path: NO_PARAMETERS,
    query: z.strictObject({
      job_id_1: jobId("The base of the comparison."),
      job_id_2: jobId("The target of the comparison."),
    }),
  },
  answers: { 200: "The comparison." },
  schema: ComparisonBody,
  refusals: [404, 422],
  handle: ({ query, context: { loaders } }) =>
    withSpelling(spellComparison, async () => ({
      body: comparisonBody(await compareJobs(loaders(createJobReader), query.job_id_1, query.job_id_2)),
    })),
});
