import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root, registerEnumType } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DateTimeScalar, Int } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { createIntegrityLoader, type JobIntegrity } from "./job-integrity.ts";

/** The GraphQL enum of the integrity of a job. */
const IntegrityStatus = {
  OK: "OK",
  NOT_YET_SEALED: "NOT_YET_SEALED",
  ALTERED: "ALTERED",
  BACKDATED: "BACKDATED",
  RETURNED: "RETURNED",
  BROKEN_CHAIN: "BROKEN_CHAIN",
  UNKNOWN_FORM: "UNKNOWN_FORM",
} as const;

registerEnumType(IntegrityStatus, {
  name: "IntegrityStatus",
  description: "Whether what is stored of a job is what was sealed.",
  valuesConfig: {
    OK: { description: "It is what was sealed." },
    NOT_YET_SEALED: {
      description: "It was stored a moment ago and waits for its seal: nothing is known of it yet.",
    },
    ALTERED: {
      description: "Something was changed, removed or added behind the service's back since it was sealed.",
    },
    BACKDATED: { description: "It was put among jobs that were sealed long before it turned up." },
    RETURNED: { description: "Retention has removed it, and it is there again." },
    BROKEN_CHAIN: { description: "Its entry in the chain does not follow from the one before." },
    UNKNOWN_FORM: {
      description: "It was sealed by a newer version of the service, which this one cannot check.",
    },
  },
});

@ObjectType("JobIntegrity", {
  simpleResolvers: true,
  description:
    "Whether what is stored of a job is what was sealed soon after it was stored: its contents are hashed anew and compared. `results-storage verify` checks the whole chain, and checks it against a checkpoint that is kept elsewhere.",
})
class JobIntegrityType implements Omit<JobIntegrity, "status"> {
  @Field(() => IntegrityStatus, { description: "For programs." })
  status!: JobIntegrity["status"];

  @Field(() => String, {
    description:
      "For people: a sentence. To a token that is bound to projects it says nothing of the chain, which holds the jobs of all projects.",
  })
  message!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it was sealed; null: it is not." })
  sealedAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Its entry in the chain, from 1; null: it is not sealed, or the token is bound to projects. The chain holds the jobs of all projects, so that the number would tell how many the others store.",
  })
  position!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "SHA-256 over the canonical form of the job when it was sealed, in hexadecimal; null: it is not sealed.",
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
      "Whether the job is as it was sealed. Reads all of its resources: ask for it where it matters, not in every list. Null when the job was purged meanwhile.",
  })
  integrity(@Root() job: Job, @Ctx() { loaders }: Context): Promise<JobIntegrity | null> {
    return loaders(createIntegrityLoader).load(job.id);
  }
}
