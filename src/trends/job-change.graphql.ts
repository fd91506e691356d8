import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { DecimalScalar, Float } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { createJobReader, type JobReader } from "../jobs/job-reader.ts";
import { percentageChange, subtract } from "../lib/money.ts";

@ObjectType({
  simpleResolvers: true,
  description:
    "The change of the total from the previous job of the series. Amounts are per month, in the currency of the job.",
})
class JobChange {
  @Field(() => DecimalScalar, { description: "The total of the job minus the total of the previous job." })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the total of the previous job; null: that total is zero.",
  })
  percentageChange!: number | null;
}

@Resolver(() => Job)
export class JobChangeResolver {
  @FieldResolver(() => JobChange, {
    nullable: true,
    description:
      "The change of the total from the `previous` job; null: there is no previous job, or the job is not a member of a series. The answer changes with backfilled jobs and exclusions.",
  })
  change(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobChange | null> {
    return jobChange(loaders(createJobReader), job);
  }
}

async function jobChange({ previous }: JobReader, job: Job): Promise<JobChange | null> {
  const before = await previous.load(job.id);
  if (before === null) return null;
  return {
    delta: subtract(job.totalMonthlyCost, before.totalMonthlyCost),
    percentageChange: percentageChange(before.totalMonthlyCost, job.totalMonthlyCost),
  };
}
