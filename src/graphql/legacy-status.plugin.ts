import type { ApolloServerPlugin } from "@apollo/server";
import { prefersGraphqlJson } from "./media-types.ts";

/** A request that is no GraphQL request at all; 400 whatever the client accepts. */
const NO_REQUEST = "BAD_REQUEST";

/**
 * Answers a refused query with status 200 in an answer of application/json, as GraphQL over HTTP says (section
 * 6.4.1): a proxy may answer 400 with JSON as well, so a status says nothing there. With
 * application/graphql-response+json the status is 400.
 */
export const legacyStatusPlugin: ApolloServerPlugin = {
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
