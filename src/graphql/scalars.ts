import { GraphQLError, GraphQLFloat, GraphQLInt, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { DATE_TIME_RULE, parseDateTime } from "../lib/date-time.ts";
import { isRawNumber, parseJson } from "../lib/json.ts";
import {
  ASSUMED_CURRENCY,
  CURRENCY_RULE,
  DECIMAL_RULE,
  DEFAULT_CURRENCY,
  type Decimal,
  isCurrency,
  parseDecimal,
} from "../lib/money.ts";
import { DEPTH_RULE, MAX_DEPTH } from "../lib/storable-json.ts";

/** ISO 4217 codes. As the default of an input, ASSUMED_CURRENCY shows as "USD" and can be told from a sent "USD". */
export const CurrencyScalar = new GraphQLScalarType<string | typeof ASSUMED_CURRENCY, string>({
  name: "Currency",
  description:
    'An ISO 4217 currency code, for instance "USD". Amounts of different currencies are never added up.',
  serialize: (value) => (value === ASSUMED_CURRENCY ? DEFAULT_CURRENCY : String(value)),
  parseValue: (value) => (typeof value === "string" && isCurrency(value) ? value : refuse(CURRENCY_RULE)),
  parseLiteral: (node) =>
    node.kind === Kind.STRING && isCurrency(node.value) ? node.value : refuse(CURRENCY_RULE, node),
});

/** graphql-scalars' DateTime, whose refusals say what is allowed. */
export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  parseValue: (value) => readDateTime(value),
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : undefined, node),
});

function readDateTime(value: unknown, node?: Parameters<typeof refuse>[1]): Date {
  return parseDateTime(value) ?? refuse(DATE_TIME_RULE, node);
}

/**
 * A number beyond this many characters may have been rounded before it came here (variables in a URL are parsed
 * into doubles); parseJson never hands over such a number, it keeps the text.
 */
const LONGEST_EXACT_NUMBER = 16;

/** Exact amounts: text in and out; numbers are taken when their digits are still known. */
export const DecimalScalar = new GraphQLScalarType<Decimal, Decimal>({
  name: "Decimal",
  description:
    'An exact decimal with at most 20 integer and 30 fraction digits, answered as a string in plain notation: "1361.3075", never "1.3613E3". Accepts a string or a number literal; a number keeps the digits it is written with.',
  serialize: (value) => String(value),
  parseValue: (value) => readDecimal(value),
  parseLiteral: (node) =>
    node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
      ? readDecimal(node.value, node)
      : refuse(DECIMAL_RULE, node),
});

function readDecimal(value: unknown, node?: Parameters<typeof refuse>[1]): Decimal {
  if (typeof value === "number" && String(value).length > LONGEST_EXACT_NUMBER) {
    return refuse(`${DECIMAL_RULE}; send so long a number as a string`, node);
  }
  return parseDecimal(value) ?? refuse(DECIMAL_RULE, node);
}

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

/** GraphQL's own Int and Float, which also take a number that parseJson kept as text (0.90, 3.0). */
export const Int = takingRawNumbers(GraphQLInt);
export const Float = takingRawNumbers(GraphQLFloat);

function takingRawNumbers(scalar: GraphQLScalarType<number, number>): GraphQLScalarType<number, number> {
  return new GraphQLScalarType({
    ...scalar.toConfig(),
    parseValue: (value) => scalar.parseValue(isRawNumber(value) ? Number(value.rawJSON) : value),
  });
}

/**
 * Refuses a value of one of our scalars. For a variable, graphql-js puts the path before the message; for a
 * literal, literal-paths.plugin.ts does.
 * @param rule what is allowed, as the rest of a sentence.
 */
function refuse(rule: string, node?: ValueNode): never {
  throw new GraphQLError(rule, { extensions: { code: "BAD_USER_INPUT" }, ...(node && { nodes: node }) });
}
