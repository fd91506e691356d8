import {
  GRAPHQL_MAX_INT,
  GraphQLError,
  GraphQLFloat,
  GraphQLInt,
  GraphQLScalarType,
  Kind,
  type ValueNode,
} from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { registerEnumType } from "type-graphql";
import { DATE_TIME_RULE, parseDateTime } from "../lib/date-time.ts";
import { isJsonObject, isRawNumber, parseJson } from "../lib/json.ts";
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

/** ISO 4217 codes. ASSUMED_CURRENCY, the default of an input, prints as "USD" but differs from a sent "USD". */
export const CurrencyScalar = new GraphQLScalarType<string | typeof ASSUMED_CURRENCY, string>({
  name: "Currency",
  specifiedByURL: "https://www.iso.org/iso-4217-currency-codes.html",
  description:
    'An ISO 4217 currency code, for instance "USD". Amounts of different currencies are never added up.',
  serialize: (value) => (value === ASSUMED_CURRENCY ? DEFAULT_CURRENCY : String(value)),
  parseValue: (value) =>
    typeof value === "string" && isCurrency(value) ? value : invalidValue(CURRENCY_RULE),
  parseLiteral: (node) =>
    node.kind === Kind.STRING && isCurrency(node.value) ? node.value : invalidValue(CURRENCY_RULE, node),
});

/** DateTime of graphql-scalars with messages that contain the rule. */
export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  parseValue: (value) => parseDateTimeOrThrow(value),
  parseLiteral: (node) => parseDateTimeOrThrow(node.kind === Kind.STRING ? node.value : undefined, node),
});

function parseDateTimeOrThrow(value: unknown, node?: Parameters<typeof invalidValue>[1]): Date {
  return parseDateTime(value) ?? invalidValue(DATE_TIME_RULE, node);
}

/** Variables in a URL are parsed into doubles: a longer number may have been rounded. parseJson returns its text. */
const MAX_EXACT_LENGTH = 16;

/**
 * Exact amounts as strings. A number is accepted if its digits are still known. The specification is that of the text:
 * Decimal on scalars.graphql.org is a JSON number.
 */
export const DecimalScalar = new GraphQLScalarType<Decimal, Decimal>({
  name: "Decimal",
  specifiedByURL: "https://www.w3.org/TR/xmlschema11-2/#decimal",
  description:
    'An exact decimal with at most 20 integer and 30 fraction digits, returned as a string in plain notation: "1361.3075", never "1.3613E3". Accepts a string or a number literal, whose digits are preserved.',
  serialize: (value) => String(value),
  parseValue: (value) => parseDecimalOrThrow(value),
  parseLiteral: (node) =>
    node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
      ? parseDecimalOrThrow(node.value, node)
      : invalidValue(DECIMAL_RULE, node),
});

function parseDecimalOrThrow(value: unknown, node?: Parameters<typeof invalidValue>[1]): Decimal {
  if (typeof value === "number" && String(value).length > MAX_EXACT_LENGTH) {
    return invalidValue(`${DECIMAL_RULE}; send a number of this length as a string`, node);
  }
  return parseDecimal(value) ?? invalidValue(DECIMAL_RULE, node);
}

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Any JSON value. The literals of JSON in graphql-scalars become doubles; these keep their digits. */
export const JsonScalar = new GraphQLScalarType({
  name: "JSON",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
  description: "Any JSON value with at most 32 levels of nesting. The digits of numbers are preserved.",
  parseValue: (value) => value,
  parseLiteral: (node, variables) => parseLiteralValue(node, variables),
});

const OBJECT_RULE = 'must be a JSON object, for instance {"team": "platform"}';

export const JsonObjectScalar = new GraphQLScalarType({
  name: "JSONObject",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
  description: "A JSON object with at most 32 levels of nesting. The digits of numbers are preserved.",
  parseValue: (value) => (isJsonObject(value) ? value : invalidValue(OBJECT_RULE)),
  parseLiteral: (node, variables) =>
    node.kind === Kind.OBJECT ? parseLiteralValue(node, variables) : invalidValue(OBJECT_RULE, node),
});

function parseLiteralValue(node: ValueNode, variables: Variables, depth = 0): unknown {
  if (depth === MAX_DEPTH && (node.kind === Kind.LIST || node.kind === Kind.OBJECT)) {
    return invalidValue(DEPTH_RULE, node);
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
      return node.values.map((item) => parseLiteralValue(item, variables, depth + 1));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, parseLiteralValue(value, variables, depth + 1)]),
      );
  }
}

/** Int and Float of GraphQL that also accept the raw numbers of parseJson (0.90, 3.0). */
export const Int = acceptRawNumbers(GraphQLInt);
export const Float = acceptRawNumbers(GraphQLFloat);

/** A sentence for the description of a field that is a sum of counts (`countSum` in database/sql.ts). */
export const SUM_OF_COUNTS = `A sum above ${GRAPHQL_MAX_INT.toLocaleString("en")} is answered as this number, the largest Int.`;

function acceptRawNumbers(scalar: GraphQLScalarType<number, number>): GraphQLScalarType<number, number> {
  return new GraphQLScalarType({
    ...scalar.toConfig(),
    parseValue: (value) => scalar.parseValue(isRawNumber(value) ? Number(value.rawJSON) : value),
  });
}

/**
 * Rejects a value of a scalar. For a variable graphql-js prefixes the message with the path; for a literal
 * addLiteralPaths does.
 * @param rule the rest of a sentence that begins with the path.
 */
function invalidValue(rule: string, node?: ValueNode): never {
  throw new GraphQLError(rule, { extensions: { code: "BAD_USER_INPUT" }, ...(node && { nodes: node }) });
}

/**
 * Registers a GraphQL enum.
 * @param values the description of each value, by its name.
 * @returns the values by their names, to be used as the type of a field.
 */
export function registerEnum<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): Readonly<Record<Value, Value>> {
  const descriptions = Object.entries<string>(values);
  // The keys of the result are those of `values`.
  const type = Object.fromEntries(descriptions.map(([value]) => [value, value])) as Record<Value, Value>;
  const config = Object.fromEntries(
    descriptions.map(([value, text]) => [value, { description: text }]),
  ) as Record<Value, { description: string }>;
  registerEnumType(type, { name, description, valuesConfig: config });
  return type;
}
