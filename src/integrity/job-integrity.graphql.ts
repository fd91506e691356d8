import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DateTimeScalar, Int, registerEnum } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { createIntegrityLoader, type JobIntegrity } from "./job-integrity.ts";

const IntegrityStatus = registerEnum(
  "IntegrityStatus",
  "The result of the comparison of a stored job with its seal.",
  {
    OK: "The stored job matches its seal.",
    NOT_YET_SEALED: "The job was stored a moment ago and has no seal yet.",
    ALTERED: "Data of the job was changed, removed or added after the job was sealed.",
    BACKDATED: "The job was inserted among jobs that were sealed long before.",
    POSTDATED: "The job was inserted with a future time of storage, and has no seal until then.",
    RETURNED: "Retention removed the job, and it was inserted again.",
    BROKEN_CHAIN: "The entry of the job in the chain does not follow from the previous entry.",
    UNKNOWN_FORM: "A newer version of the service sealed the job. This version cannot compare it.",
  },
);

@ObjectType("JobIntegrity", {
  simpleResolvers: true,
  description:
    "The comparison of a stored job with its seal, which was made soon after the job was stored. The comparison computes the hash of the stored data again. `results-storage verify` checks the whole chain, and compares it with a checkpoint outside the database.",
})
class JobIntegrityType implements Omit<JobIntegrity, "status"> {
  @Field(() => IntegrityStatus, { description: "The code of the result, for programs." })
  status!: JobIntegrity["status"];

  @Field(() => String, {
    description:
      "A sentence for people. For a token that is bound to projects, the sentence contains nothing about the chain, which holds the jobs of all projects.",
  })
  message!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The time when the job was sealed; null: the job is not sealed.",
  })
  sealedAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The position of the job in the chain, from 1; null: the job is not sealed, or the token is bound to projects. The chain holds the jobs of all projects, so the position would disclose the number of jobs of other projects.",
  })
  position!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The SHA-256 hash of the canonical form of the job when it was sealed, in hexadecimal; null: the job is not sealed.",
  })
  contentHash!: string | null;
}

@Resolver(() => Job)
export class JobIntegrityResolver {
  // Hashing takes 10 µs for each resource. The number of resources is not known before the query, so that the cost is
  // that of 1,000 resources.
  @Costs({ work: 1_000 })
  @FieldResolver(() => JobIntegrityType, {
    nullable: true,
    description:
      "The comparison of the job with its seal. It reads all resources of the job, so do not request it in lists without need. null: the job was purged in the meantime.",
  })
  integrity(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobIntegrity | null> {
    return loaders(createIntegrityLoader).load(job.id);
  }
}
