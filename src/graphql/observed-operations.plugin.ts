import type { ApolloServerPlugin } from "@apollo/server";
import type { OperationDefinitionNode } from "graphql";
import { noteErrorCode, operationEnded, operationStarted } from "../telemetry/current-request.ts";
import type { Context } from "./context.ts";

/** A client may choose any name; this much of it tells operations apart. */
const LONGEST_NAME = 100;

/** Notes for the log, the metrics and the traces what a GraphQL request asks for, and which errors it gets. */
export const observedOperationsPlugin: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation === undefined) return;
        operationStarted({ kind: operation.operation, name: nameOf(operation) });
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind === "single") {
          for (const { extensions } of body.singleResult.errors ?? [])
            noteErrorCode(String(extensions?.code));
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
