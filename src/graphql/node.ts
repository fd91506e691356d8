import { Field, ID, InterfaceType } from "type-graphql";

/** An object with an id that is unique over all types, so that a client can store it by its id alone. */
@InterfaceType({
  description:
    "An object with an id that is unique over all types. `node(id)` finds it again, and a client can store it by its id alone.",
})
export abstract class Node {
  @Field(() => ID, { description: "The id. Clients must not parse it." })
  id!: string;
}
