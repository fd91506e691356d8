import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextWillSendResponse,
  type GraphQLResponse,
} from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import type { OperationDefinitionNode } from "graphql";
import Negotiator from "negotiator";
import type { Logger } from "pino";
import type { Context } from "../../graphql/context.ts";
import { operationEnded, operationStarted, recordErrorCode } from "../../telemetry/current-request.ts";
import type { ExecutionCounts, PersistedQueryCounts } from "../../telemetry/metrics.ts";
import { createDocumentStore } from "./document-store.ts";
import {
  addLiteralPaths,
  formatError,
  formatEventErrors,
  limitListedErrors,
  setRetryAfter,
} from "./errors.ts";
import { introspectionOffPage, sandboxPage } from "./landing-page.ts";
import { createPersistedQueries } from "./persisted-queries.ts";
import { createCostLimit } from "./query-cost.ts";
import { type QueryLimits, shapeRule } from "./query-shape.ts";
import { createCachedRequest, type ResponseCache } from "./response-cache.ts";
import { stringifyResult } from "./result.ts";
import { createSchema } from "./schema.ts";
import { requireRightPath } from "./subscription.ts";
import { createExecution } from "./written-jobs.ts";

/** A response lists the first 20 errors in variables, as BadUserInput does, and the first 10 in the text of a query. */
const MAX_COERCION_ERRORS = 20;
const MAX_VALIDATION_ERRORS = 10;

/** Each comment takes 88 bytes of heap, and a query of 250 KB may contain 125,000 of them. */
const MAX_COMMENTS = 1_000;

interface ApolloOptions {
  readonly log: Logger;
  /** undefined: responses are not cached. */
  readonly cache: ResponseCache | undefined;
  readonly limits: QueryLimits;
  /** Whether clients may read the schema: introspection, "Did you mean", and the Sandbox. */
  readonly introspection: boolean;
  /** Receives the numbers of executed operations once, for metrics. */
  readonly onExecution?: ((counts: () => ExecutionCounts) => void) | undefined;
  /** Receives the numbers of persisted queries once, for metrics. */
  readonly onPersistedQueries?: ((counts: () => PersistedQueryCounts) => void) | undefined;
}

/** Starts the GraphQL server, which receives its requests from the web server. */
export async function startApollo({
  log,
  cache,
  limits,
  introspection,
  onExecution,
  onPersistedQueries,
}: ApolloOptions): Promise<ApolloServer<Context>> {
  const execution = createExecution(
    await createSchema(),
    { maxCoercionErrors: MAX_COERCION_ERRORS },
    (errors) => formatEventErrors(log, errors, !introspection),
  );
  onExecution?.(execution.counts);
  const persistedQueries = createPersistedQueries();
  onPersistedQueries?.(persistedQueries.counts);
  const apollo = new ApolloServer<Context>({
    gateway: execution.gateway,
    logger: log,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    validationRules: [shapeRule(limits, MAX_VALIDATION_ERRORS)],
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    parseOptions: { maxTokens: limits.tokens, maxComments: MAX_COMMENTS },
    documentStore: createDocumentStore(),
    allowBatchedHttpRequests: false,
    // A page of another origin can send a simple GET, but not read its response: GET runs queries only, and cookies do
    // not authenticate. A POST must be JSON (server.ts), which requires a preflight.
    csrfPrevention: false,
    persistedQueries: { cache: persistedQueries.cache },
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(log, formatted, error, !introspection),
    stringifyResult,
    // createApp stops the GraphQL server after the web server.
    stopOnTerminationSignals: false,
    plugins: [
      // It wraps every field resolver to read @cacheControl hints, which the schema does not have: 4.4 ms a request
      // with it, 3.0 ms without.
      ApolloServerPluginCacheControlDisabled(),
      introspection ? sandboxPage() : introspectionOffPage(),
      operationPlugin(limits, cache),
    ],
  });
  await apollo.start();
  return apollo;
}

/** All hooks of this service in one plugin, because Apollo Server awaits each hook of each plugin. */
function operationPlugin(limits: QueryLimits, cache: ResponseCache | undefined): ApolloServerPlugin<Context> {
  const costLimit = createCostLimit(limits.cost);
  return {
    async requestDidStart() {
      const cached = cache && createCachedRequest(cache);
      return {
        async validationDidStart({ document }) {
          return async (errors) => addLiteralPaths(errors, document);
        },
        async didResolveOperation(request) {
          const { operation } = request;
          if (operation !== undefined) {
            operationStarted({ kind: operation.operation, name: operationName(operation) });
            requireRightPath(operation, request.contextValue);
          }
          costLimit.admit(request);
        },
        ...(cached && { responseForOperation: cached.find }),
        async willSendResponse(request) {
          const { response } = request;
          costLimit.release(request);
          limitListedErrors(response);
          setRetryAfter(response);
          setLegacyStatus(request);
          cached?.store(request);
          recordErrorCodes(response);
          operationEnded();
        },
      };
    },
    async unexpectedErrorProcessingRequest({ requestContext }) {
      costLimit.release(requestContext);
    },
  };
}

/** The code of a malformed GraphQL request, which is answered with 400 for every media type. */
const BAD_REQUEST = "BAD_REQUEST";

/**
 * Answers a rejected query with status 200 if the response is application/json (GraphQL over HTTP, section 6.4.1): a
 * proxy may answer 400 with JSON as well. With application/graphql-response+json the status is 400.
 */
function setLegacyStatus({
  request,
  response: { http, body },
}: GraphQLRequestContextWillSendResponse<Context>): void {
  if (http.status !== 400 || body.kind !== "single") return;
  const isRejected = body.singleResult.errors?.some(({ extensions }) => extensions?.code !== BAD_REQUEST);
  if (isRejected && !prefersGraphqlJson(request.http?.headers.get("accept"))) http.status = 200;
}

/** Records the error codes of a response for log, metrics and traces. */
function recordErrorCodes({ body }: GraphQLResponse): void {
  if (body.kind !== "single") return;
  for (const { extensions } of body.singleResult.errors ?? []) recordErrorCode(String(extensions?.code));
}

/** Clients choose the names of operations; a metric uses the first characters. */
const MAX_NAME_LENGTH = 100;

/** A copy: a slice would retain the whole text of the query for as long as a metric has the name. */
function operationName({ name }: OperationDefinitionNode): string {
  return name === undefined ? "anonymous" : Buffer.from(name.value.slice(0, MAX_NAME_LENGTH)).toString();
}

const JSON_TYPE = "application/json; charset=utf-8";
const GRAPHQL_JSON_TYPE = "application/graphql-response+json; charset=utf-8";

/** Whether the response is application/graphql-response+json. Apollo Server uses the same library and list. */
function prefersGraphqlJson(accept: string | undefined): boolean {
  return preferredType(accept, [JSON_TYPE, GRAPHQL_JSON_TYPE]) === GRAPHQL_JSON_TYPE;
}

/** Whether a browser requests a page. Apollo Server uses the same library and list. */
export function prefersHtml(accept: string | undefined): boolean {
  const mediaTypes = [
    JSON_TYPE,
    GRAPHQL_JSON_TYPE,
    "multipart/mixed; deferSpec=20220824",
    "multipart/mixed; incrementalSpec=v0.2",
    "multipart/mixed",
    "text/html",
  ];
  return preferredType(accept, mediaTypes) === "text/html";
}

/** RFC 9110, section 12.5.1: names are case-insensitive, and q=0 excludes a type. */
function preferredType(accept: string | undefined, mediaTypes: string[]): string | undefined {
  return accept === undefined ? mediaTypes[0] : new Negotiator({ headers: { accept } }).mediaType(mediaTypes);
}
