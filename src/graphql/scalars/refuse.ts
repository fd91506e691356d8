import { GraphQLError, type ValueNode } from "graphql";

/**
 * Refuses a value of one of our scalars. For a variable, graphql-js puts the path before the message; for a
 * literal, literal-paths.plugin.ts does.
 * @param rule what is allowed, as the rest of a sentence.
 */
export function refuse(rule: string, node?: ValueNode): never {
  throw new GraphQLError(rule, { extensions: { code: "BAD_USER_INPUT" }, ...(node && { nodes: node }) });
}
