import { GraphQLScalarType, Kind } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { DATE_TIME_RULE, parseDateTime } from "../../date-time.ts";
import { refuse } from "./refuse.ts";

/** graphql-scalars' DateTime, whose refusals say what is allowed. */
export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  parseValue: (value) => read(value),
  parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined, node),
});

function read(value: unknown, node?: Parameters<typeof refuse>[1]): Date {
  return parseDateTime(value) ?? refuse(DATE_TIME_RULE, node);
}
