import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { requireJob } from "../jobs/find-job.ts";
import { Job } from "../jobs/job.types.ts";
import { StoreEstimateInput } from "./estimate.input.ts";
import { storeEstimate } from "./store-estimate.ts";

@ObjectType({ simpleResolvers: true, description: "The stored job, and whether this call stored it." })
export class StoreEstimatePayload {
  @Field(() => Job, { description: "The job that holds the estimate." })
  job!: Job;

  @Field(() => Boolean, {
    description:
      "false: this idempotency key had stored the same estimate before, and nothing was stored now.",
  })
  created!: boolean;
}

@Resolver()
export class EstimatesResolver {
  @Costs({ work: 1_000 })
  @Mutation(() => StoreEstimatePayload, {
    description:
      "Stores an estimate for good. Amounts are kept digit for digit; what does not add up is kept as a warning on the job. Fails with BAD_USER_INPUT when something cannot be stored, with IDEMPOTENCY_CONFLICT when the key has stored another estimate, or a job that retention has removed since, with FORBIDDEN when the token may not store it; nothing is stored then.",
  })
  async storeEstimate(
    @Arg("input", () => StoreEstimateInput, { description: "The estimate, and where it comes from." })
    input: StoreEstimateInput,
    @Ctx() { db, loaders }: Context,
  ): Promise<StoreEstimatePayload> {
    const { jobId, created } = await storeEstimate(db, input);
    return { job: await requireJob(loaders, "job", jobId), created };
  }
}
