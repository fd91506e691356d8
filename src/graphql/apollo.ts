import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { Logger } from "pino";
import type { AnswerCache } from "./answers/answer-cache.ts";
import { keptAnswersPlugin } from "./answers/kept-answers.plugin.ts";
import { writeResult } from "./answers/written-data.ts";
import type { Context } from "./context.ts";
import { createDocumentStore } from "./document-store.ts";
import { formatError } from "./errors.ts";
import { FIRST_QUERY } from "./first-query.ts";
import { legacyStatusPlugin } from "./legacy-status.plugin.ts";
import { costLimitPlugin } from "./limits/cost-limit.plugin.ts";
import { knownOperationRule } from "./limits/known-operation.rule.ts";
import { listedErrorsPlugin } from "./limits/listed-errors.plugin.ts";
import type { QueryLimits } from "./limits/query-limits.ts";
import { shapeRule } from "./limits/shape.rule.ts";
import { literalPathsPlugin } from "./literal-paths.plugin.ts";
import { observedOperationsPlugin } from "./observed-operations.plugin.ts";
import { createSchema } from "./schema.ts";

/** An answer lists the first 20 mistakes in variables, as BadUserInput does, and the first 10 in the text of a query. */
const LISTED_INPUT_MISTAKES = 20;
const LISTED_MISTAKES = 10;

/** Comments beyond this are refused: each takes 88 bytes of heap, and 250 KB hold 125,000 of them. */
const MOST_COMMENTS = 1_000;

/** What the GraphQL server is started with. */
export interface ApolloOptions {
  readonly log: Logger;
  /** Keeps answers; undefined: nothing does. */
  readonly cache: AnswerCache | undefined;
  readonly limits: QueryLimits;
  /** Whether strangers may ask what the schema has: introspection, "Did you mean", and the Sandbox. */
  readonly introspection: boolean;
}

/** The GraphQL server, started; the web server hands it requests. */
export async function startApollo({
  log,
  cache,
  limits,
  introspection,
}: ApolloOptions): Promise<ApolloServer<Context>> {
  const apollo = new ApolloServer<Context>({
    schema: await createSchema(),
    logger: log,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    validationRules: [knownOperationRule, shapeRule(limits, LISTED_MISTAKES)],
    validationOptions: { maxErrors: LISTED_MISTAKES },
    parseOptions: { maxTokens: limits.tokens, maxComments: MOST_COMMENTS },
    documentStore: createDocumentStore(),
    executionOptions: { maxCoercionErrors: LISTED_INPUT_MISTAKES },
    allowBatchedHttpRequests: false,
    // A page of another origin can send a plain GET, but not read its answer: GET runs queries only, and no cookies
    // authenticate. A POST is refused unless it is JSON (http/server.ts), which takes a preflight.
    csrfPrevention: false,
    // A hash that is no text is answered with 500 by Apollo 5.5; and a GET with the query itself is kept as well.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(log, formatted, error, !introspection),
    stringifyResult: writeResult,
    // The web server is the one who stops.
    stopOnTerminationSignals: false,
    plugins: [
      // It wraps every field resolver to look for @cacheControl hints, of which we have none: 4.4 ms or 3.0 ms a request.
      ApolloServerPluginCacheControlDisabled(),
      introspection
        ? ApolloServerPluginLandingPageLocalDefault({ embed: true, document: FIRST_QUERY })
        : ApolloServerPluginLandingPageDisabled(),
      literalPathsPlugin,
      listedErrorsPlugin,
      costLimitPlugin(limits.cost),
      legacyStatusPlugin,
      ...(cache ? [keptAnswersPlugin(cache)] : []),
      observedOperationsPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}
