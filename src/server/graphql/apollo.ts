import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { OperationDefinitionNode } from "graphql";
import Negotiator from "negotiator";
import type { Logger } from "pino";
import type { Context } from "../../graphql/context.ts";
import { operationEnded, operationStarted, recordErrorCode } from "../../telemetry/current-request.ts";
import { createDocumentStore } from "./document-store.ts";
import { formatError, listedErrorsPlugin, literalPathsPlugin } from "./errors.ts";
import { costLimitPlugin } from "./query-cost.ts";
import { knownOperationRule, type QueryLimits, shapeRule } from "./query-shape.ts";
import { type ResponseCache, responseCachePlugin, stringifyResult } from "./response-cache.ts";
import { createSchema } from "./schema.ts";

/** An answer lists the first 20 mistakes in variables, as BadUserInput does, and the first 10 in the text of a query. */
const LISTED_INPUT_MISTAKES = 20;
const LISTED_MISTAKES = 10;

/** Comments beyond this are refused: each takes 88 bytes of heap, and 250 KB hold 125,000 of them. */
const MOST_COMMENTS = 1_000;

/** What the GraphQL server is started with. */
interface ApolloOptions {
  readonly log: Logger;
  /** Keeps answers; undefined: nothing does. */
  readonly cache: ResponseCache | undefined;
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
    stringifyResult: stringifyResult,
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
      ...(cache ? [responseCachePlugin(cache)] : []),
      observedOperationsPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}

/** A request that is no GraphQL request at all; 400 whatever the client accepts. */
const NO_REQUEST = "BAD_REQUEST";

/**
 * Answers a refused query with status 200 in an answer of application/json, as GraphQL over HTTP says (section
 * 6.4.1): a proxy may answer 400 with JSON as well, so a status says nothing there. With
 * application/graphql-response+json the status is 400.
 */
const legacyStatusPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response: { http, body } }) {
        if (http.status !== 400 || body.kind !== "single") return;
        const refused = body.singleResult.errors?.some(({ extensions }) => extensions?.code !== NO_REQUEST);
        if (refused && !prefersGraphqlJson(request.http?.headers.get("accept"))) http.status = 200;
      },
    };
  },
};

/** A client may choose any name; this much of it tells operations apart. */
const LONGEST_NAME = 100;

/** Notes for the log, the metrics and the traces what a GraphQL request asks for, and which errors it gets. */
const observedOperationsPlugin: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation === undefined) return;
        operationStarted({ kind: operation.operation, name: nameOf(operation) });
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind === "single") {
          for (const { extensions } of body.singleResult.errors ?? [])
            recordErrorCode(String(extensions?.code));
        }
        operationEnded();
      },
    };
  },
};

/** A copy: a slice of the query's text would keep all of the text for as long as a metric has the name. */
function nameOf({ name }: OperationDefinitionNode): string {
  return name === undefined ? "anonymous" : Buffer.from(name.value.slice(0, LONGEST_NAME)).toString();
}

const JSON_TYPE = "application/json; charset=utf-8";
const GRAPHQL_JSON_TYPE = "application/graphql-response+json; charset=utf-8";

/** Whether the answer is application/graphql-response+json. Apollo Server decides by the same library and list. */
function prefersGraphqlJson(accept: string | undefined): boolean {
  return preferred(accept, [JSON_TYPE, GRAPHQL_JSON_TYPE]) === GRAPHQL_JSON_TYPE;
}

/** Whether a browser asks for a page. Apollo Server decides by the same library and list. */
export function prefersHtml(accept: string | undefined): boolean {
  const offered = [
    JSON_TYPE,
    GRAPHQL_JSON_TYPE,
    "multipart/mixed; deferSpec=20220824",
    "multipart/mixed; incrementalSpec=v0.2",
    "multipart/mixed",
    "text/html",
  ];
  return preferred(accept, offered) === "text/html";
}

/** RFC 9110, section 12.5.1: names are case-insensitive, and q=0 excludes a type. */
function preferred(accept: string | undefined, offered: string[]): string | undefined {
  return accept === undefined ? offered[0] : new Negotiator({ headers: { accept } }).mediaType(offered);
}

/** What Apollo Sandbox opens with, and the README's first query. */
export const FIRST_QUERY = `# The newest estimates, and what they are made of. Empty? "results-storage push FILE" stores one.
query NewestEstimates {
  jobs(first: 5) {
    totalCount
    nodes {
      id
      createdAt
      project
      currency
      totalMonthlyCost
      unpricedResourceCount
      services {
        service
        totalMonthlyCost
      }
      resources(first: 3) {
        nodes {
          resourceId
          totalMonthlyCost
        }
      }
      warnings {
        code
        message
      }
    }
  }
}
`;
