import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerValidationErrorCode, unwrapResolverError } from "@apollo/server/errors";
import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  isValueNode,
  Kind,
  visit,
} from "graphql";
import type { Logger } from "pino";
import { databaseFault } from "../../database/faults.ts";
import { BadUserInput, DomainError, type ProblemText, shortened } from "../../lib/errors.ts";
import { recordServerError } from "../../telemetry/current-request.ts";

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
  recordServerError(log, cause);
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

/** What the parser says when the text is too long for it. */
const TOO_MANY_TOKENS = /Document contains more tha\w (\d+) (tokens|comments)/;

/** What graphql-js says when it has compared half a million pairs of fields that have the same name in the answer. */
const TOO_MUCH_TO_CHECK = "Validation aborted.";

/**
 * How a limit that was reached is answered: QUERY_TOO_COMPLEX, whether we looked after it or graphql-js or Apollo
 * did, who call it a mistake in the query. undefined: the error is something else.
 */
function reachedLimit({
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

/** A sentence of graphql-js may quote the whole value, which a client may have made of megabytes. */
const LONGEST_SENTENCE = 300;

/** graphql-js' sentence for a value in a variable: the variable, the value, the path below it, and what is wrong. */
const IN_VARIABLE = /^Variable "\$([^"]+)" got invalid value .*?(?: at "([^"]+)")?; (.*)$/s;

/** What graphql-js says when it has listed 50 mistakes in the variables, and there are more. */
const TOO_MANY = /^Too many errors processing variables/;

/** Whether an error says that there are more mistakes in the variables than were listed. */
function isListCut(error: GraphQLError): boolean {
  return TOO_MANY.test(error.message);
}

/** The problem in a variable that an error tells of, worded as our own checks word theirs; undefined if it is none. */
function problemInVariable({ message, originalError }: GraphQLError): ProblemText | undefined {
  const [, variable, path, sentence] = IN_VARIABLE.exec(message) ?? [];
  if (variable === undefined || sentence === undefined) return undefined;
  const isOurs = originalError instanceof GraphQLError && originalError.extensions.code === "BAD_USER_INPUT";
  return {
    path: shortened(path ?? variable, LONGEST_SENTENCE),
    message: isOurs ? originalError.message : plainSentence(sentence),
  };
}

/** A sentence of graphql-js without a long value, and without our name for a number that is kept as text. */
function plainSentence(sentence: string): string {
  return shortened(sentence.replaceAll(/\{ rawJSON: "([^"]*)" \}/g, "$1"), LONGEST_SENTENCE);
}

/** Names are 200 characters long at most, and a value may be nested deep. */
const LONGEST_PATH = 300;

/**
 * Treats a value that is refused in the query's own text as graphql-js treats one in a variable: the error is
 * BAD_USER_INPUT, and its message begins with the path of the field.
 */
export const literalPathsPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async validationDidStart({ document }) {
        return async (errors) => {
          for (const error of errors ?? []) addPath(error, document);
        };
      },
    };
  },
};

function addPath(error: Error, document: DocumentNode | undefined): void {
  const node = error instanceof GraphQLError && !isLimit(error) ? error.nodes?.[0] : undefined;
  if (document === undefined || !(error instanceof GraphQLError) || !isInput(node) || !node.loc) return;
  const path = pathAt(document, node.loc.start);
  // Our own scalars word the rest of a sentence (refuse.ts), graphql-js a sentence.
  const isOurs = error.extensions.code === "BAD_USER_INPUT";
  const sentence = isOurs ? error.message : plainSentence(error.message);
  error.message = `${path}${isOurs ? "" : ":"} ${sentence}`;
  error.extensions.problem = { path, message: sentence };
}

/** A limit is about the whole document, also where a value exceeds it. */
function isLimit({ extensions }: GraphQLError): boolean {
  return extensions.code === "QUERY_TOO_COMPLEX";
}

/** Whether the node is an input's value. A variable is not: what is wrong there is its type. */
function isInput(node: ASTNode | undefined): node is ASTNode {
  return (
    node !== undefined &&
    (node.kind === Kind.OBJECT_FIELD || (isValueNode(node) && node.kind !== Kind.VARIABLE))
  );
}

/** The path of the value that begins at this offset of the query, as `input.byResource[3].region`. */
function pathAt(document: DocumentNode, start: number): string {
  const steps: string[] = [];
  visit(document, {
    enter(node, key) {
      const encloses = node.loc !== undefined && node.loc.start <= start && start < node.loc.end;
      if (!encloses) return false;
      if (node.kind === Kind.ARGUMENT) steps.push(node.name.value);
      else if (node.kind === Kind.VARIABLE_DEFINITION) steps.push(node.variable.name.value);
      else if (node.kind === Kind.OBJECT_FIELD) steps.push(`.${node.name.value}`);
      else if (typeof key === "number" && steps.length > 0) steps.push(`[${key}]`);
      return undefined;
    },
  });
  return shortened(steps.join(""), LONGEST_PATH);
}

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
