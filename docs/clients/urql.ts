import { Client, CombinedError, cacheExchange, fetchExchange } from "@urql/core";
import {
  JobsDocument,
  type JobsQuery,
  type JobsQueryVariables,
  StoreEstimateDocument,
  type StoreEstimateInput,
} from "./generated.ts";
import { withRetry } from "./retry.ts";

export function createUrqlClient(url: string, token: () => string): Client {
  return new Client({
    url,
    // The document cache requests a list again when a mutation has returned an object of the same type.
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token()}` } }),
  });
}

/** All pages of a list, one after the other. */
export async function* pagesOfJobs(client: Client, variables: JobsQueryVariables) {
  let after: string | null | undefined;
  do {
    // A list without jobs names no type: a store invalidates it all the same.
    const context = { additionalTypenames: ["Job"] };
    const { data, error } = await client.query(JobsDocument, { ...variables, after }, context).toPromise();
    if (error) throw error;
    if (data === undefined) return;
    yield data.jobs.edges.map(({ node }) => node);
    after = data.jobs.pageInfo.hasNextPage ? data.jobs.pageInfo.endCursor : null;
  } while (after);
}

/** Passes the newest jobs to a function. @returns a function that closes the request and its SQL statement. */
export function watchJobs(
  client: Client,
  first: number,
  show: (jobs: JobsQuery["jobs"]) => void,
): () => void {
  const { unsubscribe } = client.query(JobsDocument, { first }).subscribe(({ data }) => {
    if (data) show(data.jobs);
  });
  return unsubscribe;
}

export function storeEstimate(client: Client, input: StoreEstimateInput & { idempotencyKey: string }) {
  return withRetry(async () => {
    const { data, error } = await client.mutation(StoreEstimateDocument, { input }).toPromise();
    if (error) throw error;
    return data;
  }, codesOf);
}

/** The codes of an error. [] means that the service has not answered. */
export function codesOf(error: unknown): string[] {
  if (!(error instanceof CombinedError)) return [];
  return error.graphQLErrors.map(({ extensions }) => String(extensions.code));
}
