import { Field, ID, InterfaceType } from "type-graphql";

/** A row with the name of its object type, as fields of an interface return it. */
export interface TypedNode {
  readonly __typename: string;
}

/** An object with an id that is unique over all types, so that a client can store it by its id alone. */
@InterfaceType({
  description:
    "An object with an id that is unique over all types. `node(id)` finds it again, and a client can store it by its id alone.",
  // Fields return each of them. Registered types would be the first ones of schema.graphql, before the queries.
  autoRegisterImplementations: false,
  resolveType: ({ __typename }: TypedNode) => __typename,
})
export abstract class Node {
  @Field(() => ID, { description: "The id. Clients must not parse it." })
  id!: string;
}
