import { ArgsType, Field } from "type-graphql";
import { Int } from "../graphql/scalars/numbers.ts";
import { PageArgs } from "../pagination/connection.types.ts";
import { ResourceFilterInput } from "./cost-result.types.ts";

@ArgsType()
export class ResourcesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: "How many rows from the beginning (or from `after`), at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => ResourceFilterInput, { nullable: true, description: "Which resources; left out: all." })
  filter?: ResourceFilterInput | null;
}
