import { GraphQLError, type ValidationRule } from "graphql";

/** Refuses a kind of operation that the schema does not have: Apollo takes a subscription for a fault of its own. */
export const knownOperationRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `There is no ${node.operation} here, only queries and mutations.`;
    context.reportError(new GraphQLError(message, { nodes: node }));
  },
});
