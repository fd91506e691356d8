import { ArgsType, Field } from "type-graphql";
import { Int } from "../graphql/scalars/numbers.ts";
import { PageArgs } from "../pagination/connection.types.ts";
import { ChangeKind } from "./change-kind.types.ts";

@ArgsType()
export class ResourceChangesArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: "How many rows from the beginning (or from `after`), at most 1,000.",
  })
  declare first?: number | null;

  @Field(() => [ChangeKind], { nullable: true, description: "Only changes of these kinds; left out: all." })
  changes?: ChangeKind[] | null;
}
