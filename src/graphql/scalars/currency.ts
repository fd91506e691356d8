import { GraphQLScalarType, Kind } from "graphql";
import { ASSUMED_CURRENCY, CURRENCY_RULE, DEFAULT_CURRENCY, isCurrency } from "../../estimates/currency.ts";
import { refuse } from "./refuse.ts";

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
