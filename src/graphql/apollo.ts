import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { Logger } from "pino";
import type { Context } from "./context.ts";
import { formatError } from "./errors.ts";
import { FIRST_QUERY } from "./first-query.ts";
import { legacyStatusPlugin } from "./legacy-status.plugin.ts";
import { costLimitPlugin } from "./limits/cost-limit.plugin.ts";
import { knownOperationRule } from "./limits/known-operation.rule.ts";
import type { QueryLimits } from "./limits/query-limits.ts";
import { shapeRule } from "./limits/shape.rule.ts";
import { literalPathsPlugin } from "./literal-paths.plugin.ts";
import { createSchema } from "./schema.ts";

/** How many mistakes an answer lists: an error is to be read by a person. */
const LISTED_MISTAKES = 20;

/** How many fields a query may have when its fragments are written out; no sensible one has a tenth. */
const MOST_SELECTIONS = 10_000;

/** What the GraphQL server allows. */
export interface GraphQLOptions {
  readonly limits: QueryLimits;
  /** Whether strangers may ask what the schema has: introspection, "Did you mean", and the Sandbox. */
  readonly introspection: boolean;
}

/** The GraphQL server, started; the web server hands it requests. */
export async function startApollo(
  log: Logger,
  { limits, introspection }: GraphQLOptions,
): Promise<ApolloServer<Context>> {
  const apollo = new ApolloServer<Context>({
    schema: await createSchema(),
    logger: log,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    validationRules: [knownOperationRule, shapeRule(limits)],
    validationOptions: { maxErrors: LISTED_MISTAKES },
    parseOptions: { maxTokens: limits.tokens },
    executionOptions: { maxCoercionErrors: LISTED_MISTAKES },
    maxRecursiveSelections: MOST_SELECTIONS,
    allowBatchedHttpRequests: false,
    // A query that a stranger has put there could be asked for by its hash; and nobody needs it.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(log, formatted, error, !introspection),
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
    ],
  });
  await apollo.start();
  return apollo;
}
