import { ApolloServerValidationErrorCode } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";

/** What the parser says when the text is too long for it. */
const TOO_MANY_TOKENS = /Document contains more tha\w (\d+) (tokens|comments)/;

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
  const [, most, kind] = TOO_MANY_TOKENS.exec(message) ?? [];
  if (kind === "comments") return refusal(`The query has more comments than the ${most} that are allowed.`);
  if (kind === "tokens") {
    return refusal(
      `The query has more words and signs than the ${most} that are allowed: put values into variables, or split it.`,
    );
  }
  if (extensions.validationErrorCode === ApolloServerValidationErrorCode.INTROSPECTION_DISABLED) {
    return {
      message: "Introspection is off here (INTROSPECTION); schema.graphql describes what can be asked.",
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    };
  }
  return undefined;
}

function refusal(message: string): Pick<GraphQLFormattedError, "message" | "extensions"> {
  return { message, extensions: { code: "QUERY_TOO_COMPLEX" } };
}
