import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { Logger } from "pino";
import { createAnswerCache } from "./answers/answer-cache.ts";
import { keptAnswersPlugin } from "./answers/kept-answers.plugin.ts";
import { writeResult } from "./answers/written-data.ts";
import type { Context } from "./context.ts";
import { formatError } from "./errors.ts";
import { FIRST_QUERY } from "./first-query.ts";
import { literalPathsPlugin } from "./literal-paths.plugin.ts";
import { createSchema } from "./schema.ts";

/**
 * The GraphQL server, started; the web server hands it requests.
 * @param cacheBytes how many bytes of answers it keeps; 0: none.
 */
export async function startApollo(log: Logger, cacheBytes: number): Promise<ApolloServer<Context>> {
  const apollo = new ApolloServer<Context>({
    schema: await createSchema(),
    logger: log,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => formatError(log, formatted, error),
    stringifyResult: writeResult,
    // The web server is the one who stops.
    stopOnTerminationSignals: false,
    plugins: [
      // It wraps every field resolver to look for @cacheControl hints, of which we have none: 4.4 ms or 3.0 ms a request.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageLocalDefault({ embed: true, document: FIRST_QUERY }),
      literalPathsPlugin,
      ...(cacheBytes > 0 ? [keptAnswersPlugin(createAnswerCache(cacheBytes))] : []),
    ],
  });
  await apollo.start();
  return apollo;
}
