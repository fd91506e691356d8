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
import type { QueryLimits } from "./limits/query-limits.ts";
import { shapeRule } from "./limits/shape.rule.ts";
import { literalPathsPlugin } from "./literal-paths.plugin.ts";
import { observedOperationsPlugin } from "./observed-operations.plugin.ts";
import { createSchema } from "./schema.ts";

/** How many mistakes an answer lists: an error is to be read by a person. */
const LISTED_MISTAKES = 50;

/** How many fields a query may have when its fragments are written out; no sensible one has a tenth. */
const MOST_SELECTIONS = 10_000;

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
    validationRules: [knownOperationRule, shapeRule(limits)],
    validationOptions: { maxErrors: LISTED_MISTAKES },
    parseOptions: { maxTokens: limits.tokens },
    documentStore: createDocumentStore(),
    executionOptions: { maxCoercionErrors: LISTED_MISTAKES },
    maxRecursiveSelections: MOST_SELECTIONS,
    allowBatchedHttpRequests: false,
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
      costLimitPlugin(limits.cost),
      legacyStatusPlugin,
      ...(cache ? [keptAnswersPlugin(cache)] : []),
      observedOperationsPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}
