import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Job } from "../jobs/job.types.ts";
import { jobChange } from "./job-change.ts";
import { JobChange } from "./job-change.types.ts";

@Resolver(() => Job)
export class JobChangeResolver {
  @FieldResolver(() => JobChange, {
    nullable: true,
    description: "How the total differs from that of `previous`; null without one.",
  })
  change(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobChange | null> {
    return jobChange(loaders, job);
  }
}
