import { ApolloServerValidationErrorCode } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";

/** What the parser says when the text is too long for it. */
const TOO_MANY_TOKENS = /Document contains more tha\w (\d+) tokens/;

/** What graphql-js says when it has compared half a million pairs of fields that have the same name in the answer. */
const TOO_MUCH_TO_CHECK = "Validation aborted.";

/**
 * How a limit that was reached is answered: QUERY_TOO_COMPLEX, whether we looked after it or graphql-js or Apollo
 * did, who call it a mistake in the query. undefined: the error is something else.
 */
export function reachedLimit({
  message,
  extensions,
  originalError,
}: GraphQLError): Pick<GraphQLFormattedError, "message" | "extensions"> | undefined {
  const ours = originalError instanceof GraphQLError ? originalError.extensions : {};
  if (ours.code === "QUERY_TOO_COMPLEX") {
    const { http: _, ...rest } = ours;
    return { message, extensions: rest };
  }
  if (message === TOO_MUCH_TO_CHECK) {
    return refusal(
      "The query repeats too many fields to tell whether they agree; ask for each of them once.",
    );
  }
  const [, tokens] = TOO_MANY_TOKENS.exec(message) ?? [];
  if (tokens !== undefined) {
    return refusal(
      `The query has more words and signs than the ${tokens} that are allowed: put values into variables, or split it.`,
    );
  }
  switch (extensions.validationErrorCode) {
    case ApolloServerValidationErrorCode.MAX_RECURSIVE_SELECTIONS_EXCEEDED:
      return refusal("The query asks for too many fields when its fragments are written out; split it.");
    case ApolloServerValidationErrorCode.INTROSPECTION_DISABLED:
      return {
        message: "Introspection is off here (INTROSPECTION); schema.graphql describes what can be asked.",
        extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
      };
    default:
      return undefined;
  }
}

function refusal(message: string): Pick<GraphQLFormattedError, "message" | "extensions"> {
  return { message, extensions: { code: "QUERY_TOO_COMPLEX" } };
}
