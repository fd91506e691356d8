import {
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from "@apollo/server";
import { OperationTypeNode } from "graphql";
import { sightOf } from "../../access/viewer.ts";
import { findTheSame } from "../../database/find-again.ts";
import { type Grounds, noteReads } from "../../database/reads.ts";
import type { Context } from "../context.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { markLasting } from "./lasting-answer.ts";
import { alreadyWritten, writeResult } from "./written-data.ts";

/** Longer variables are not asked twice as they are. */
const LONGEST_VARIABLES = 10_000;

/**
 * Answers a question that was answered before with the text of that answer, when it is about the same jobs as then:
 * jobs never change, so what belongs to them needs neither be read nor be written out again. What the viewer may see
 * is looked at each time, for the statements that find the jobs hold it.
 */
export function keptAnswersPlugin(cache: AnswerCache): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      let asked: { readonly question: string; readonly grounds: Grounds } | undefined;
      return {
        async responseForOperation(request) {
          const question = questionOf(request);
          if (question === undefined) return null;
          const { db } = request.contextValue;
          // A look that fails is no answer: the question is asked in full, and fails by the path of its field.
          const kept = await cache
            .find(question, ({ jobReads }) => findTheSame(db, jobReads))
            .catch(() => undefined);
          if (kept !== undefined) {
            markLasting(kept, request);
            return responseOf(kept.text);
          }
          asked = { question, grounds: noteReads(db) };
          return null;
        },
        async willSendResponse(request) {
          const { body } = request.response;
          if (asked === undefined || asked.grounds.changeable) return;
          if (body.kind !== "single" || body.singleResult.errors) return;
          const answer = { text: writeResult(body.singleResult), jobReads: asked.grounds.jobReads };
          cache.keep(asked.question, answer);
          markLasting(answer, request);
          body.singleResult = alreadyWritten(answer.text);
        },
      };
    },
  };
}

/** What is asked, in one text; undefined: nothing that can be kept. */
function questionOf({
  request,
  operation,
  queryHash,
  contextValue,
}: GraphQLRequestContext<Context>): string | undefined {
  if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
  const variables = JSON.stringify(request.variables ?? {});
  if (variables.length > LONGEST_VARIABLES) return undefined;
  return `${queryHash} ${request.operationName ?? ""} ${sightOf(contextValue.viewer)} ${variables}`;
}

function responseOf(text: string): GraphQLResponse {
  return {
    http: { status: undefined, headers: new HeaderMap() },
    body: { kind: "single", singleResult: alreadyWritten(text) },
  };
}
