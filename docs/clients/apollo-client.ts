import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";

export function createApolloClient(url: string, token: () => string): ApolloClient {
  return new ApolloClient({ cache: createCache(), link: createLink(url, token) });
}

export function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes: { Node: ["Job", "CostResult", "Project"] },
    typePolicies: {
      Query: {
        fields: {
          // Pages of one list have the same filter and order. The cursors are not part of its key.
          jobs: relayStylePagination(["filter", "orderBy"]),
          projects: relayStylePagination(["filter", "orderBy"]),
          // Jobs are immutable: a job that a list has read is not requested again.
          job: (known, { args, toReference }) =>
            known === undefined ? toReference({ __typename: "Job", id: args?.id }) : known,
        },
      },
      Job: { fields: { resources: relayStylePagination(["filter"]) } },
      Project: { fields: { branches: relayStylePagination(false) } },
      // Comparisons have no id. Their key is the arguments, and their pages are merged.
      JobComparison: { merge: true, fields: { resources: relayStylePagination(["changes"]) } },
      PortfolioComparison: { merge: true, fields: { pairs: relayStylePagination(["changes"]) } },
    },
  });
}

function createLink(url: string, token: () => string): ApolloLink {
  const authentication = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${token()}` },
  }));
  const http = new HttpLink({ uri: url });
  // Queries are sent by GET with a hash, so that the caches of HTTP can answer. A large estimate is sent once.
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const queriesByHash = ApolloLink.split(
    ({ operationType, variables }) => operationType === "query" && fitUrl(variables),
    persisted.concat(http),
    http,
  );
  return authentication.concat(queriesByHash);
}

/** The service answers a URL and headers of more than 16 KB with 431. Longer variables are sent by POST. */
function fitUrl(variables: object): boolean {
  return encodeURIComponent(JSON.stringify(variables)).length <= 4_000;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
