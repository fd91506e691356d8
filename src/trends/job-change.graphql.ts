import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { DecimalScalar, Float } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { createJobReader, type JobReader } from "../jobs/job-reader.ts";
import { percentageChange, subtract } from "../lib/money.ts";

@ObjectType({
  simpleResolvers: true,
  description: "How a job's total differs from that of the job before it.",
})
class JobChange {
  @Field(() => DecimalScalar, { description: "The job's total less that of the job before it." })
  delta!: string;

  @Field(() => Float, {
    nullable: true,
    description: "The delta in per cent of the job before it; null when that costs nothing.",
  })
  percentageChange!: number | null;
}

@Resolver(() => Job)
export class JobChangeResolver {
  @FieldResolver(() => JobChange, {
    nullable: true,
    description: "How the total differs from that of `previous`; null without one.",
  })
  change(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobChange | null> {
    return jobChange(loaders(createJobReader), job);
  }
}

/** How a job's total differs from that of the job before it in its series; null without one. */
async function jobChange({ previous }: JobReader, job: Job): Promise<JobChange | null> {
  const before = await previous.load(job.id);
  if (before === null) return null;
  return {
    delta: subtract(job.totalMonthlyCost, before.totalMonthlyCost),
    percentageChange: percentageChange(before.totalMonthlyCost, job.totalMonthlyCost),
  };
}
