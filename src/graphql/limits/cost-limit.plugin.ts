import type { ApolloServerPlugin } from "@apollo/server";
import { costOf } from "./cost-of.ts";
import { tooComplex } from "./too-complex.ts";

/**
 * Refuses an operation that costs too much, before it touches the database. In execution and not in validation:
 * a page's size may be a variable, and validated documents are kept.
 */
export function costLimitPlugin(limit: number): ApolloServerPlugin {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request }) {
          // Apollo itself refuses an operation that the document does not have.
          if (operation === undefined) return;
          const cost = costOf({ schema, document, operation, variables: request.variables ?? {} });
          if (cost <= limit) return;
          throw tooComplex(
            `The query costs ${cost}, and ${limit} is allowed. The cost is about the number of values that it can answer: ask for smaller pages, fewer fields or fewer lists, or split it.`,
            { cost, limit },
          );
        },
      };
    },
  };
}
