import * as z from "zod";
import { compareJobs } from "../../comparison/compare-jobs.ts";
import { jobId, NO_PARAMETERS } from "./parameters.ts";
import { reworded, withWording } from "./reword.ts";
import { defineRoute } from "./route.ts";
import { ComparisonBody, comparisonBody } from "./schemas/comparison.ts";

const reword = withWording({ baseJobId: "job_id_1", targetJobId: "job_id_2" });

/** GET /compare: what changed from one job to another. */
export const compareRoute = defineRoute({
  method: "GET",
  path: "/compare",
  operationId: "compareJobs",
  summary: "What changed from one job to another",
  parameters: {
    path: NO_PARAMETERS,
    query: z.strictObject({
      job_id_1: jobId("The job that is compared with."),
      job_id_2: jobId("The job that is compared."),
    }),
  },
  answers: { 200: "The comparison." },
  schema: ComparisonBody,
  refusals: [404, 422],
  handle: ({ query, context: { loaders } }) =>
    reworded(reword, async () => ({
      body: comparisonBody(await compareJobs(loaders, query.job_id_1, query.job_id_2)),
    })),
});
