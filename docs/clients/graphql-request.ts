import { ClientError, GraphQLClient } from "graphql-request";
import {
  JobsDocument,
  type JobsQueryVariables,
  StoreEstimateDocument,
  type StoreEstimateInput,
} from "./generated.ts";
import { withRetry } from "./retry.ts";

export function createClient(url: string, token: () => string): GraphQLClient {
  return new GraphQLClient(url, { headers: () => ({ authorization: `Bearer ${token()}` }) });
}

/** All pages of a list, one after the other. Aborting the signal closes the request and its SQL statement. */
export async function* pagesOfJobs(
  client: GraphQLClient,
  variables: JobsQueryVariables,
  signal?: AbortSignal,
) {
  let after: string | null | undefined;
  do {
    const { jobs } = await client.request({
      document: JobsDocument,
      variables: { ...variables, after },
      ...(signal && { signal }),
    });
    yield jobs.edges.map(({ node }) => node);
    after = jobs.pageInfo.hasNextPage ? jobs.pageInfo.endCursor : null;
  } while (after);
}

export function storeEstimate(client: GraphQLClient, input: StoreEstimateInput & { idempotencyKey: string }) {
  return withRetry(() => client.request(StoreEstimateDocument, { input }), codesOf);
}

/** The codes of an error. [] means that the service has not answered. */
export function codesOf(error: unknown): string[] {
  if (!(error instanceof ClientError)) return [];
  return error.response.errors?.map(({ extensions }) => String(extensions.code)) ?? [];
}
