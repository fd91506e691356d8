import { type ApolloClient, CombinedGraphQLErrors, type ObservableQuery, ServerError } from "@apollo/client";
import {
  JobsDocument,
  type JobsQuery,
  type JobsQueryVariables,
  StoreEstimateDocument,
  type StoreEstimateInput,
} from "./generated.ts";
import { withRetry } from "./retry.ts";

/** Requests the next page. The cache appends it to the list, which each view of the list shows. */
export async function loadMore(list: ObservableQuery<JobsQuery, JobsQueryVariables>): Promise<void> {
  const { data, dataState } = list.getCurrentResult();
  if (dataState !== "complete" || !data.jobs.pageInfo.hasNextPage) return;
  await list.fetchMore({ variables: { after: data.jobs.pageInfo.endCursor } });
}

/** Aborting the signal closes the request, and the service cancels its SQL statement. */
export async function newestJobs(client: ApolloClient, first: number, signal: AbortSignal) {
  const { data } = await client.query({
    query: JobsDocument,
    variables: { first },
    context: { fetchOptions: { signal } },
  });
  return data?.jobs.edges.map(({ node }) => node);
}

export function storeEstimate(client: ApolloClient, input: StoreEstimateInput & { idempotencyKey: string }) {
  return withRetry(() => client.mutate({ mutation: StoreEstimateDocument, variables: { input } }), codesOf);
}

/** The codes of an error. [] means that the service has not answered. */
export function codesOf(error: unknown): string[] {
  if (CombinedGraphQLErrors.is(error)) return error.errors.map(({ extensions }) => String(extensions?.code));
  // An answer with another status than 200, for instance 401 or 429. A proxy answers with other texts.
  if (ServerError.is(error) && error.bodyText.startsWith('{"errors"')) {
    const { errors }: { errors: { extensions: { code: string } }[] } = JSON.parse(error.bodyText);
    return errors.map(({ extensions }) => extensions.code);
  }
  return [];
}
