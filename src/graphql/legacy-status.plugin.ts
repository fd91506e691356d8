import type { ApolloServerPlugin } from "@apollo/server";

/** A request that is no GraphQL request at all; 400 whatever the client accepts. */
const NO_REQUEST = "BAD_REQUEST";

/**
 * Answers a refused query with status 200 to who asks for application/json, as GraphQL over HTTP says (section
 * 6.4.1): a proxy may answer 400 with JSON as well, so a status says nothing there. Who accepts
 * application/graphql-response+json gets 400.
 */
export const legacyStatusPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response: { http, body } }) {
        if (http.status !== 400 || body.kind !== "single") return;
        const refused = body.singleResult.errors?.some(({ extensions }) => extensions?.code !== NO_REQUEST);
        const accepted = request.http?.headers.get("accept") ?? "";
        if (refused && !accepted.includes("application/graphql-response+json")) http.status = 200;
      },
    };
  },
};
