import { GraphQLScalarType, Kind } from "graphql";
import { DECIMAL_RULE, type Decimal, parseDecimal } from "../../money.ts";
import { refuse } from "./refuse.ts";

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
  parseValue: (value) => read(value),
  parseLiteral: (node) =>
    node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
      ? read(node.value, node)
      : refuse(DECIMAL_RULE, node),
});

function read(value: unknown, node?: Parameters<typeof refuse>[1]): Decimal {
  if (typeof value === "number" && String(value).length > LONGEST_EXACT_NUMBER) {
    return refuse(`${DECIMAL_RULE}; send so long a number as a string`, node);
  }
  return parseDecimal(value) ?? refuse(DECIMAL_RULE, node);
}
