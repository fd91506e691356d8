import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError } from "graphql";

/** An answer has no more errors: 100 jobs may each fail for the same reason. */
const LISTED_ERRORS = 100;

/** Two fields that conflict may each stand in thousands of places. */
const LISTED_LOCATIONS = 10;

/** Bounds the list of errors in an answer. A query that exceeds a limit gets this error alone. */
export const listedErrorsPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body } }) {
        if (body.kind !== "single" || body.singleResult.errors === undefined) return;
        body.singleResult.errors = listed(body.singleResult.errors);
      },
    };
  },
};

function listed(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const limit = errors.find(({ extensions }) => extensions?.code === "QUERY_TOO_COMPLEX");
  const shown = limit === undefined ? errors.slice(0, LISTED_ERRORS) : [limit];
  return shown.map(({ locations, ...error }) => ({
    ...error,
    ...(locations && { locations: locations.slice(0, LISTED_LOCATIONS) }),
  }));
}
