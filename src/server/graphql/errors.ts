import type { GraphQLResponse } from "@apollo/server";
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
import { RETRY_AFTER_S } from "../errors.ts";

/** Messages of graphql-js quote names, types and values of the query, which may have 250 KB. In characters. */
const LONGEST_MESSAGE = 1_000;

/**
 * Formats an error for the client. A domain error keeps its code and message. An error in the query keeps the message
 * of graphql-js. Any other error is logged in full and answered without detail.
 * @param hideSuggestions whether to remove suggestions ("Did you mean ..."), which disclose parts of the schema.
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
  if (cause instanceof GraphQLError && isClientError(formatted, cause)) {
    const { message, ...rest } = { ...formatted, ...mistake(formatted, cause) };
    const answer = { ...rest, message: shortened(message, LONGEST_MESSAGE) };
    return hideSuggestions ? withoutSuggestion(answer) : answer;
  }
  recordServerError(log, cause);
  const advice = databaseFault(cause);
  return advice === undefined
    ? fault(
        formatted,
        "INTERNAL_SERVER_ERROR",
        "The server failed to process the request; its log contains the cause.",
      )
    : fault(formatted, "SERVICE_UNAVAILABLE", advice);
}

/** Formats the errors of an event of a subscription, which Apollo Server does not receive. */
export function formatEventErrors(
  log: Logger,
  errors: readonly GraphQLError[],
  hideSuggestions: boolean,
): readonly GraphQLFormattedError[] {
  const formatted = errors.map((error) => {
    const { extensions, ...rest } = error.toJSON();
    const coded = { ...rest, extensions: { code: "INTERNAL_SERVER_ERROR", ...extensions } };
    return formatError(log, coded, error, hideSuggestions);
  });
  return listed(formatted);
}

function domainExtensions(error: DomainError): GraphQLFormattedError["extensions"] {
  return error instanceof BadUserInput ? badInput(error.problems) : { code: error.code };
}

/** Apollo gives INTERNAL_SERVER_ERROR for an argument that is null at execution. Such an error has nodes of the query. */
function isClientError({ extensions }: GraphQLFormattedError, error: GraphQLError): boolean {
  return extensions?.code !== "INTERNAL_SERVER_ERROR" || error.nodes !== undefined || isListCut(error);
}

/** A rejected value is BAD_USER_INPUT, in a variable and in the query text. For the text, Apollo has another code. */
function mistake(
  { message, extensions }: GraphQLFormattedError,
  cause: GraphQLError,
): Partial<GraphQLFormattedError> {
  // The parser is recursive: a deeply nested query overflows the stack, and this is the only message.
  if (message === "Maximum call stack size exceeded") {
    return { message: "The query is nested too deeply.", extensions: { code: "BAD_USER_INPUT" } };
  }
  const limit = reachedLimit(cause);
  if (limit !== undefined) return limit;
  if (isListCut(cause)) {
    return {
      message: "The variables have more errors than these.",
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

/** Apollo has an option for suggestions in validation errors, but none for errors in variables. */
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

/** The message of the parser for a text with too many tokens or comments. */
const TOO_MANY_TOKENS = /Document contains more tha\w (\d+) (tokens|comments)/;

/** The message of graphql-js after 500,000 comparisons of fields with the same name in the response. */
const TOO_MUCH_TO_CHECK = "Validation aborted.";

/**
 * The response to an exceeded limit: QUERY_TOO_COMPLEX, also for the limits of graphql-js and Apollo, which give
 * the code of an invalid query. undefined: the error is not about a limit.
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
      "The query repeats too many fields for the check of their compatibility; request each field once.",
    );
  }
  const [, most, kind] = TOO_MANY_TOKENS.exec(message) ?? [];
  if (kind === "comments") return refusal(`The query has more comments than the limit of ${most}.`);
  if (kind === "tokens") {
    return refusal(
      `The query has more tokens than the limit of ${most}: put values into variables, or split the query.`,
    );
  }
  if (extensions.validationErrorCode === ApolloServerValidationErrorCode.INTROSPECTION_DISABLED) {
    return {
      message: "Introspection is disabled (INTROSPECTION); schema.graphql contains the schema.",
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    };
  }
  return undefined;
}

function refusal(message: string): Pick<GraphQLFormattedError, "message" | "extensions"> {
  return { message, extensions: { code: "QUERY_TOO_COMPLEX" } };
}

/** Sentences of graphql-js may quote a whole value, which may have megabytes. In characters. */
const LONGEST_SENTENCE = 300;

/** The message of graphql-js for a value in a variable: the variable, the value, the path in it, and the problem. */
const IN_VARIABLE = /^Variable "\$([^"]+)" got invalid value .*?(?: at "([^"]+)")?; (.*)$/s;

/** The message of graphql-js after the first 50 errors in variables. */
const TOO_MANY = /^Too many errors processing variables/;

/** Whether an error reports that the list of errors in variables is incomplete. */
function isListCut(error: GraphQLError): boolean {
  return TOO_MANY.test(error.message);
}

/** The path and message of an error in a variable, in the form of the checks of this service; undefined for others. */
function problemInVariable({ message, originalError }: GraphQLError): ProblemText | undefined {
  const [, variable, path, sentence] = IN_VARIABLE.exec(message) ?? [];
  if (variable === undefined || sentence === undefined) return undefined;
  const isOurs = originalError instanceof GraphQLError && originalError.extensions.code === "BAD_USER_INPUT";
  return {
    path: shortened(path ?? variable, LONGEST_SENTENCE),
    message: isOurs ? originalError.message : plainSentence(sentence),
  };
}

/** A sentence of graphql-js without long values. A number that is kept as text (lib/json.ts) is written as a number. */
function plainSentence(sentence: string): string {
  return shortened(sentence.replaceAll(/\{ rawJSON: "([^"]*)" \}/g, "$1"), LONGEST_SENTENCE);
}

/** A name has up to 200 characters, and a value may be nested deeply. In characters. */
const LONGEST_PATH = 300;

/**
 * Gives errors about values in the query text the form of errors about variables: BAD_USER_INPUT, and a message that
 * begins with the path of the field.
 */
export function addLiteralPaths(
  errors: readonly Error[] | undefined,
  document: DocumentNode | undefined,
): void {
  for (const error of errors ?? []) addPath(error, document);
}

function addPath(error: Error, document: DocumentNode | undefined): void {
  const node = error instanceof GraphQLError && !isLimit(error) ? error.nodes?.[0] : undefined;
  if (document === undefined || !(error instanceof GraphQLError) || !isInput(node) || !node.loc) return;
  const path = pathAt(document, node.loc.start);
  // A scalar of this service gives the predicate of a sentence (graphql/scalars.ts), graphql-js a whole sentence.
  const isOurs = error.extensions.code === "BAD_USER_INPUT";
  const sentence = isOurs ? error.message : plainSentence(error.message);
  error.message = `${path}${isOurs ? "" : ":"} ${sentence}`;
  error.extensions.problem = { path, message: sentence };
}

/** An exceeded limit concerns the whole document, and not the value at its position. */
function isLimit({ extensions }: GraphQLError): boolean {
  return extensions.code === "QUERY_TOO_COMPLEX";
}

/** Whether the node is a value of an input. A variable is not a value: an error there concerns its type. */
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

/** Tells the client when to retry a request with an error that a retry may avoid, also if the response has data. */
export function setRetryAfter({ http, body }: GraphQLResponse): void {
  if (body.kind !== "single" || http.headers.has("retry-after")) return;
  const canRetry = body.singleResult.errors?.some(
    ({ extensions }) => extensions?.code === "SERVICE_UNAVAILABLE",
  );
  if (canRetry) http.headers.set("retry-after", String(RETRY_AFTER_S));
}

/** The maximum number of errors in a response: each of 100 jobs may fail for the same reason. */
const LISTED_ERRORS = 100;

/** The maximum number of locations of an error: fields that conflict may occur in thousands of places. */
const LISTED_LOCATIONS = 10;

/** Limits the list of errors in a response. If a query as a whole exceeds a limit, only this error is listed. */
export function limitListedErrors({ body }: GraphQLResponse): void {
  if (body.kind !== "single" || body.singleResult.errors === undefined) return;
  body.singleResult.errors = listed(body.singleResult.errors);
}

function listed(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const limit = errors.find(
    ({ path, extensions }) => path === undefined && extensions?.code === "QUERY_TOO_COMPLEX",
  );
  const shown = limit === undefined ? errors.slice(0, LISTED_ERRORS) : [limit];
  return shown.map(({ locations, ...error }) => ({
    ...error,
    ...(locations && { locations: locations.slice(0, LISTED_LOCATIONS) }),
  }));
}

/**
 * Keeps the process alive when graphql-js abandons a promise: if an item of a list fails synchronously, nobody awaits
 * the items before it, and Node.js ends the process for the first one that is rejected. Other rejections end it.
 */
export function logAbandonedErrors(log: Logger): void {
  process.on("unhandledRejection", (error) => {
    if (!(error instanceof GraphQLError) || error.path === undefined) throw error;
    log.info({ err: error }, "a field failed after the response");
  });
}
