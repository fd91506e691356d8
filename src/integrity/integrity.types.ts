import { Field, ObjectType, registerEnumType } from "type-graphql";
import { DateTimeScalar } from "../graphql/scalars/date-time.ts";
import { Int } from "../graphql/scalars/numbers.ts";
import type { JobIntegrity } from "./job-integrity.ts";

/** The GraphQL enum of what can be said of a job. */
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
export class JobIntegrityType implements Omit<JobIntegrity, "status"> {
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
