import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from "@apollo/server";
import { GraphQLError } from "graphql";
import { costOf } from "./cost-of.ts";
import { tooComplex } from "./too-complex.ts";

/** From this part of the limit on a query is heavy; a dashboard of 20 jobs is a hundredth. */
const HEAVY = 0.1;

/**
 * Heavy queries that run at the same time may together cost so many times the limit. Of 300 of the dearest at once, a
 * hundred running took 602 MB, five 536, three less than 512.
 */
const RUNNING_TOGETHER = 3;

/**
 * Refuses an operation that costs too much, or heavy ones while too many of them run, before it touches the database.
 * In execution and not in validation: a page's size may be a variable, and validated documents are kept.
 */
export function costLimitPlugin(limit: number): ApolloServerPlugin {
  const running = new Map<GraphQLRequestContext<object>, number>();

  function begin(request: GraphQLRequestContext<object>, cost: number): void {
    if (cost < limit * HEAVY) return;
    const together = [...running.values()].reduce((sum, other) => sum + other, cost);
    if (together > limit * RUNNING_TOGETHER) throw busy();
    running.set(request, cost);
  }

  return {
    async requestDidStart() {
      return {
        async didResolveOperation(requestContext) {
          const { schema, document, operation, request } = requestContext;
          // Apollo itself refuses an operation that the document does not have.
          if (operation === undefined) return;
          const cost = costOf({ schema, document, operation, variables: request.variables ?? {} });
          if (cost > limit) throw tooComplex(describe(cost, limit), { cost, limit });
          begin(requestContext, cost);
        },
        async willSendResponse(requestContext) {
          running.delete(requestContext);
        },
      };
    },
    async unexpectedErrorProcessingRequest({ requestContext }) {
      running.delete(requestContext);
    },
  };
}

function describe(cost: number, limit: number): string {
  return `The query costs ${cost}, and ${limit} is allowed. The cost is about the number of values that it can answer: ask for smaller pages, fewer fields or fewer lists, or split it.`;
}

function busy(): GraphQLError {
  const http = { status: 503, headers: new HeaderMap([["retry-after", "1"]]) };
  return new GraphQLError("The server answers other large queries at the moment; try again.", {
    extensions: { code: "SERVICE_UNAVAILABLE", http },
  });
}
