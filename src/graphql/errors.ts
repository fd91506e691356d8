import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { databaseFault } from "../database/database-fault.ts";
import { BadUserInput, DomainError, shortened } from "../errors.ts";
import { noteFault } from "../telemetry/current-request.ts";
import { reachedLimit } from "./limits/reached-limit.ts";
import { isListCut, problemInVariable } from "./refusal.ts";

/** graphql-js quotes names, types and values of the query, which may have 250 KB. */
const LONGEST_MESSAGE = 1_000;

/**
 * Turns an error into what the client gets: a domain error with its code and message, a mistake in the query as
 * graphql-js words it, anything else as a fault of ours that says nothing, and is logged in full.
 * @param hideSuggestions whether to leave out what a client may have meant, which tells of the schema.
 */
export function formatError(
  log: Logger,
  formatted: GraphQLFormattedError,
  error: unknown,
  hideSuggestions: boolean,
): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof DomainError) {
    return { ...formatted, message: cause.message, extensions: domainExtensions(cause) };
  }
  if (cause instanceof GraphQLError && isCallers(formatted, cause)) {
    const { message, ...rest } = { ...formatted, ...mistake(formatted, cause) };
    const answer = { ...rest, message: shortened(message, LONGEST_MESSAGE) };
    return hideSuggestions ? withoutSuggestion(answer) : answer;
  }
  noteFault(log, cause);
  const advice = databaseFault(cause);
  return advice === undefined
    ? fault(formatted, "INTERNAL_SERVER_ERROR", "The server failed to answer this; its log says why.")
    : fault(formatted, "SERVICE_UNAVAILABLE", advice);
}

function domainExtensions(error: DomainError): GraphQLFormattedError["extensions"] {
  return error instanceof BadUserInput ? badInput(error.problems) : { code: error.code };
}

/** Apollo blames the server for an argument that turns out null in execution; such an error points into the query. */
function isCallers({ extensions }: GraphQLFormattedError, error: GraphQLError): boolean {
  return extensions?.code !== "INTERNAL_SERVER_ERROR" || error.nodes !== undefined || isListCut(error);
}

/** A refused value is bad input wherever it stands; Apollo calls it a mistake of the query when it is in its text. */
function mistake(
  { message, extensions }: GraphQLFormattedError,
  cause: GraphQLError,
): Partial<GraphQLFormattedError> {
  // The parser recurses, and this is all it says of a query that overflows the stack.
  if (message === "Maximum call stack size exceeded") {
    return { message: "The query is nested too deeply.", extensions: { code: "BAD_USER_INPUT" } };
  }
  const limit = reachedLimit(cause);
  if (limit !== undefined) return limit;
  if (isListCut(cause)) {
    return {
      message: "The variables hold more mistakes than these.",
      extensions: { code: "BAD_USER_INPUT" },
    };
  }
  const problem = problemInVariable(cause);
  if (problem !== undefined) {
    return { message: `${problem.path} ${problem.message}`, extensions: badInput([problem]) };
  }
  const { problem: literal } =
    cause.originalError instanceof GraphQLError ? cause.originalError.extensions : {};
  if (literal !== undefined) return { extensions: badInput([literal]) };
  return extensions?.code === "INTERNAL_SERVER_ERROR"
    ? { extensions: { ...extensions, code: "BAD_USER_INPUT" } }
    : {};
}

/** graphql-js is told to leave them out in validation; Apollo cannot tell it so for variables. */
function withoutSuggestion({ message, extensions, ...rest }: GraphQLFormattedError): GraphQLFormattedError {
  const stripped = JSON.stringify({ message, extensions }, (_key, value) =>
    typeof value === "string" ? value.replace(/ ?Did you mean .+\?$/s, "") : value,
  );
  return { ...rest, ...JSON.parse(stripped) };
}

function badInput(problems: readonly unknown[]): GraphQLFormattedError["extensions"] {
  return { code: "BAD_USER_INPUT", problems };
}

function fault(formatted: GraphQLFormattedError, code: string, message: string): GraphQLFormattedError {
  return { ...(formatted.path && { path: formatted.path }), message, extensions: { code } };
}
