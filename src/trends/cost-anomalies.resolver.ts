import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { CostChange } from "../comparison/cost-change.types.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { Job } from "../jobs/job.types.ts";
import type { Anomaly } from "./anomaly.ts";
import { driversOf } from "./anomaly-drivers.ts";
import { CostAnomaliesArgs } from "./cost-anomalies.input.ts";
import { costAnomalies } from "./cost-anomalies.ts";
import { CostAnomalyType } from "./cost-anomaly.types.ts";

@Resolver(() => CostAnomalyType)
export class CostAnomaliesResolver {
  @Costs({ work: 10_000, items: 20 })
  @Query(() => [CostAnomalyType], {
    description:
      "The matching jobs that are out of line with the jobs before them in their series (same project, branch, profile and currency), newest first. A step is reported once. Changes below 5 per cent, or below 1.00, are not reported, nor is a drift that stays below them from job to job. Jobs without a project, and those with fewer than 5 jobs before them, are not judged.",
  })
  costAnomalies(
    @Args(() => CostAnomaliesArgs) { filter, window, sensitivity }: CostAnomaliesArgs,
    @Ctx() { db }: Context,
  ): Promise<Anomaly[]> {
    return costAnomalies(db, filter ?? {}, { window: window ?? 20, sensitivity: sensitivity ?? 3.5 });
  }

  @FieldResolver(() => Job, { description: "The job that is out of line." })
  job(@Root() { jobId }: CostAnomalyType, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders.job.load(jobId);
  }

  @Costs({ work: 20, items: 3 })
  @FieldResolver(() => [CostChange], {
    description:
      "The services whose cost changed most against the job before it in its series, at most three, largest absolute change first.",
  })
  drivers(@Root() anomaly: CostAnomalyType, @Ctx() { loaders }: Context): Promise<CostChange[]> {
    return driversOf(loaders, anomaly);
  }
}
