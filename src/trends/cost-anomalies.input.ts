import { ArgsType, Field } from "type-graphql";
import { Float, Int } from "../graphql/scalars/numbers.ts";
import { JobFilterInput } from "../jobs/jobs.input.ts";

@ArgsType()
export class CostAnomaliesArgs {
  @Field(() => JobFilterInput, {
    nullable: true,
    description: "Which jobs are judged; their history is not restricted by it. Left out: all.",
  })
  filter?: JobFilterInput | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: "How many jobs before a job are its history, from 5 to 200.",
  })
  window?: number | null;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 3.5,
    description: "The modified z-score beyond which a job is out of line; a lower one finds more.",
  })
  sensitivity?: number | null;
}
