import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { Job } from "../jobs/job.types.ts";
import { JobIntegrityType } from "./integrity.types.ts";
import type { JobIntegrity } from "./job-integrity.ts";

@Resolver(() => Job)
export class JobIntegrityResolver {
  // 10 µs for each resource of a job, which nobody has counted yet: that of a thousand.
  @Costs({ work: 1_000 })
  @FieldResolver(() => JobIntegrityType, {
    nullable: true,
    description:
      "Whether the job is as it was sealed. Reads all of its resources: ask for it where it matters, not in every list. Null when the job was purged meanwhile.",
  })
  integrity(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobIntegrity | null> {
    return loaders.integrity.load(job.id);
  }
}
