import { GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { DEPTH_RULE, MAX_DEPTH } from "../../estimates/json-problem.ts";
import { isRawNumber, parseJson } from "../../json.ts";
import { refuse } from "./refuse.ts";

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Any JSON value. Not graphql-scalars': its literals become doubles, and these keep their digits. */
export const JsonScalar = new GraphQLScalarType({
  name: "JSON",
  description: "Any JSON value, nested at most 32 levels deep. Numbers keep the digits they are sent with.",
  parseValue: (value) => value,
  parseLiteral: (node, variables) => literalValue(node, variables),
});

const OBJECT_RULE = 'must be a JSON object, for instance {"team": "platform"}';

/** A JSON object. */
export const JsonObjectScalar = new GraphQLScalarType({
  name: "JSONObject",
  description: "A JSON object, nested at most 32 levels deep. Numbers keep the digits they are sent with.",
  parseValue: (value) => (isJsonObject(value) ? value : refuse(OBJECT_RULE)),
  parseLiteral: (node, variables) =>
    node.kind === Kind.OBJECT ? literalValue(node, variables) : refuse(OBJECT_RULE, node),
});

function isJsonObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

function literalValue(node: ValueNode, variables: Variables, depth = 0): unknown {
  if (depth === MAX_DEPTH && (node.kind === Kind.LIST || node.kind === Kind.OBJECT)) {
    return refuse(DEPTH_RULE, node);
  }
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return parseJson(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST:
      return node.values.map((item) => literalValue(item, variables, depth + 1));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, literalValue(value, variables, depth + 1)]),
      );
  }
}
