import {
  Client,
  type CombinedError,
  cacheExchange,
  fetchExchange,
  mapExchange,
  type TypedDocumentNode,
} from "@urql/core";
import { type UseQueryState, useQuery } from "@urql/preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { credentials } from "./token.ts";

/** The client of the GraphQL API. */
/** The event of a request that was refused because its token is missing, wrong or expired. */
const REFUSED = "results-storage:refused";

/** The last refusal of a request for its token. A new token reloads the page. */
export function useRefusal(): Problem | undefined {
  const [refusal, setRefusal] = useState<Problem>();
  useEffect(() => {
    const update = (event: Event) => setRefusal((event as CustomEvent<Problem>).detail);
    addEventListener(REFUSED, update);
    return () => removeEventListener(REFUSED, update);
  }, []);
  return refusal;
}

const reportRefusals = mapExchange({
  onError: (error) => {
    const problem = problemOf(error);
    if (problem.code === "UNAUTHENTICATED") dispatchEvent(new CustomEvent(REFUSED, { detail: problem }));
  },
});

export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [reportRefusals, cacheExchange, fetchExchange],
  fetchOptions: () => ({ headers: credentials() }),
});

/** The state of a query, and a function that sends it again. */
export interface QueryResult<Data> extends Omit<UseQueryState<Data>, "error"> {
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

/** Sends a query, and again whenever its variables change. The data of the previous variables stays meanwhile. */
export function useApi<Data, Variables extends Record<string, unknown>>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false } = {},
): QueryResult<Data> {
  const [{ error, ...state }, execute] = useQuery({ query, variables, pause });
  const reload = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  return { ...state, problem: error && problemOf(error), reload };
}

/** A failed request: the code of the API, and the message with its advice. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** The first error of the API, or the failure of the connection. */
export function problemOf({ graphQLErrors: [first], networkError, response }: CombinedError): Problem {
  if (first !== undefined) {
    return { code: String(first.extensions.code ?? "INTERNAL_SERVER_ERROR"), message: first.message };
  }
  const status = response?.status;
  if (status === undefined) {
    return {
      code: "NO_CONNECTION",
      message: "The server does not answer. Check that it is running and that this device is online.",
    };
  }
  return {
    code: `HTTP_${status}`,
    message:
      status === 503
        ? "The server is starting, or its database does not answer. Retry in a moment."
        : `The server answered with status ${status}${networkError ? ` (${networkError.message})` : ""}.`,
  };
}
