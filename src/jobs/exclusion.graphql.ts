import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DateTimeScalar } from "../graphql/scalars.ts";
import { type ExcludeInput, excludeJob, type IncludeInput, includeJob } from "./exclude-job.ts";
import type { Exclusion } from "./exclusion.sql.ts";
import { Job } from "./job.graphql.ts";
import { createJobReader, requireJob } from "./job-reader.ts";

@ObjectType({
  simpleResolvers: true,
  description: "The exclusion of a job from its series. The job stays readable and unaltered.",
})
class JobExclusion implements Exclusion {
  @Field(() => String, { description: "The reason of the exclusion." })
  reason!: string;

  @Field(() => DateTimeScalar, {
    description:
      "The time of the exclusion with this reason and this user. A repeated `excludeJob` with both the same does not change it.",
  })
  excludedAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: "The user of the token; null: the token has no user, or the server requires no tokens.",
  })
  excludedBy!: string | null;
}

@InputType({ description: "The job to exclude, and the reason." })
class ExcludeJobInput implements ExcludeInput {
  @Field(() => ID, { description: "The id of the job." })
  jobId!: string;

  @Field(() => String, { description: "The reason, at most 1,000 characters." })
  reason!: string;
}

@InputType({ description: "The job whose exclusion ends." })
class IncludeJobInput implements IncludeInput {
  @Field(() => ID, { description: "The id of the job." })
  jobId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The reason for the record, at most 1,000 characters. Default: none.",
  })
  reason?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The result of `excludeJob`." })
class ExcludeJobPayload {
  @Field(() => Job, { description: "The excluded job." })
  job!: Job;
}

@ObjectType({ simpleResolvers: true, description: "The result of `includeJob`." })
class IncludeJobPayload {
  @Field(() => Job, { description: "The job, which is not excluded any more." })
  job!: Job;
}

/** The work of a mutation with one small transaction, as a number of values. */
const DECISION_WORK = 100;

@Resolver(() => Job)
export class ExclusionResolver {
  @FieldResolver(() => JobExclusion, {
    nullable: true,
    description:
      "The exclusion of the job; null: the job is not excluded. An excluded job is not a member of its series: it is neither `previous` nor a baseline, and no trend and no total includes it.",
  })
  exclusion(@Root() job: Job, @Ctx() { loaders }: Context): Promise<Exclusion | null> {
    return loaders(createJobReader).exclusion.load(job.id);
  }

  @Costs({ work: DECISION_WORK })
  @Mutation(() => ExcludeJobPayload, {
    description:
      "Excludes a job from its series. For an excluded job, the new reason replaces the previous one; the same reason of the same user adds no record. All tokens without a user count as one user. Requires a token with the scope admin. Errors: FORBIDDEN without this scope, NOT_FOUND if the job does not exist or the token does not see it, BAD_USER_INPUT for an invalid reason.",
  })
  async excludeJob(
    @Arg("input", () => ExcludeJobInput, { description: "The job to exclude, and the reason." })
    input: ExcludeJobInput,
    @Ctx() context: Context,
  ): Promise<ExcludeJobPayload> {
    await excludeJob(context.db, context.viewer, input);
    return { job: await reloadJob(context, input.jobId) };
  }

  @Costs({ work: DECISION_WORK })
  @Mutation(() => IncludeJobPayload, {
    description:
      "Ends the exclusion of a job: it is a member of its series again. A job that is not excluded stays as it is, without a record. Requires a token with the scope admin. Errors: as for `excludeJob`.",
  })
  async includeJob(
    @Arg("input", () => IncludeJobInput, { description: "The job whose exclusion ends." })
    input: IncludeJobInput,
    @Ctx() context: Context,
  ): Promise<IncludeJobPayload> {
    await includeJob(context.db, context.viewer, input);
    return { job: await reloadJob(context, input.jobId) };
  }
}

/** The job after the decision. An earlier mutation of the operation may have read its exclusion. */
function reloadJob({ loaders, discardLoaders }: Context, jobId: string): Promise<Job> {
  discardLoaders();
  return requireJob(loaders(createJobReader), ["input", "jobId"], jobId);
}
