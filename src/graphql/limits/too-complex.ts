import { type ASTNode, GraphQLError } from "graphql";

/** A query that asks for too much. The message says what to do about it. */
export function tooComplex(
  message: string,
  numbers: Readonly<Record<string, number>>,
  nodes: readonly ASTNode[] = [],
): GraphQLError {
  const extensions = { code: "QUERY_TOO_COMPLEX", ...numbers, http: { status: 400 } };
  return new GraphQLError(message, { nodes, extensions });
}
