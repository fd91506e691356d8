import * as z from "zod";
import { streamJsonArray } from "../../export/json.ts";
import { requireJob } from "../../jobs/find-job.ts";
import { listResources, RESOURCE_PAGE } from "../../jobs/list-resources.ts";
import { resourceFields } from "../../jobs/resource-columns.queries.ts";
import { LINK_HEADER, nextPage } from "./link.ts";
import { JOB_PATH, NO_PARAMETERS, pageParameters } from "./parameters.ts";
import { PAGE_WORDING, reworded, withWording } from "./reword.ts";
import { defineRoute } from "./route.ts";
import { ResourcesBody, resourceBody } from "./schemas/resource.ts";
import { RegionsBody, regionsBody, ServicesBody, servicesBody } from "./schemas/totals.ts";

/** GET /jobs/{job_id}/resources: what each resource costs. */
export const resourcesRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/resources",
  operationId: "listResources",
  summary: "The resources of a job, dearest first and unknown costs last",
  parameters: { path: JOB_PATH, query: z.strictObject(pageParameters({ ...RESOURCE_PAGE, usual: "all" })) },
  answers: { 200: "All resources, or a page of them when limit or cursor is given." },
  answerHeaders: LINK_HEADER,
  schema: ResourcesBody,
  refusals: [404],
  handle: ({ path, query, context: { db, loaders } }) =>
    reworded(withWording(PAGE_WORDING), async () => {
      const job = await requireJob(loaders, "job_id", path.job_id);
      // Clients of the first version know of no pages here, and would take the first one for all there is.
      if (query.limit === undefined && query.cursor === undefined) {
        return { body: streamJsonArray(db, job.id, resourceBody) };
      }
      const page = await listResources(
        loaders,
        job,
        { first: query.limit, after: query.cursor },
        resourceFields,
      );
      const { hasNextPage, endCursor } = page.pageInfo();
      return {
        body: page.nodes.map(resourceBody),
        headers: nextPage(`/jobs/${job.id}/resources`, query, hasNextPage ? endCursor : undefined),
      };
    }),
});

/** GET /jobs/{job_id}/services: what each service costs. */
export const servicesRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/services",
  operationId: "listServices",
  summary: "What each service of a job costs, dearest first",
  parameters: { path: JOB_PATH, query: NO_PARAMETERS },
  answers: { 200: "All services." },
  schema: ServicesBody,
  refusals: [404],
  handle: async ({ path, context: { loaders } }) => {
    const job = await requireJob(loaders, "job_id", path.job_id);
    return { body: servicesBody(await loaders.services.load(job.id)) };
  },
});

/** GET /jobs/{job_id}/regions: what each region costs. */
export const regionsRoute = defineRoute({
  method: "GET",
  path: "/jobs/{job_id}/regions",
  operationId: "listRegions",
  summary: "What each region of a job costs, dearest first",
  parameters: { path: JOB_PATH, query: NO_PARAMETERS },
  answers: { 200: "All regions." },
  schema: RegionsBody,
  refusals: [404],
  handle: async ({ path, context: { loaders } }) => {
    const job = await requireJob(loaders, "job_id", path.job_id);
    return { body: regionsBody(await loaders.regions.load(job.id)) };
  },
});
