import type { ApolloServerPlugin } from "@apollo/server";
import { type ASTNode, type DocumentNode, GraphQLError, isValueNode, Kind, visit } from "graphql";
import { shortened } from "../errors.ts";
import { plainSentence } from "./refusal.ts";

/** Names are 200 characters long at most, and a value may be nested deep. */
const LONGEST_PATH = 300;

/**
 * Treats a value that is refused in the query's own text as graphql-js treats one in a variable: the error is
 * BAD_USER_INPUT, and its message begins with the path of the field.
 */
export const literalPathsPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async validationDidStart({ document }) {
        return async (errors) => {
          for (const error of errors ?? []) addPath(error, document);
        };
      },
    };
  },
};

function addPath(error: Error, document: DocumentNode | undefined): void {
  const node = error instanceof GraphQLError && !isLimit(error) ? error.nodes?.[0] : undefined;
  if (document === undefined || !(error instanceof GraphQLError) || !isInput(node) || !node.loc) return;
  const path = pathAt(document, node.loc.start);
  // Our own scalars word the rest of a sentence (refuse.ts), graphql-js a sentence.
  const isOurs = error.extensions.code === "BAD_USER_INPUT";
  const sentence = isOurs ? error.message : plainSentence(error.message);
  error.message = `${path}${isOurs ? "" : ":"} ${sentence}`;
  error.extensions.problem = { path, message: sentence };
}

/** A limit is about the whole document, also where a value exceeds it. */
function isLimit({ extensions }: GraphQLError): boolean {
  return extensions.code === "QUERY_TOO_COMPLEX";
}

/** Whether the node is an input's value. A variable is not: what is wrong there is its type. */
function isInput(node: ASTNode | undefined): node is ASTNode {
  return (
    node !== undefined &&
    (node.kind === Kind.OBJECT_FIELD || (isValueNode(node) && node.kind !== Kind.VARIABLE))
  );
}

/** The path of the value that begins at this offset of the query, as `input.byResource[3].region`. */
function pathAt(document: DocumentNode, start: number): string {
  const steps: string[] = [];
  visit(document, {
    enter(node, key) {
      const encloses = node.loc !== undefined && node.loc.start <= start && start < node.loc.end;
      if (!encloses) return false;
      if (node.kind === Kind.ARGUMENT) steps.push(node.name.value);
      else if (node.kind === Kind.VARIABLE_DEFINITION) steps.push(node.variable.name.value);
      else if (node.kind === Kind.OBJECT_FIELD) steps.push(`.${node.name.value}`);
      else if (typeof key === "number" && steps.length > 0) steps.push(`[${key}]`);
      return undefined;
    },
  });
  return shortened(steps.join(""), LONGEST_PATH);
}
