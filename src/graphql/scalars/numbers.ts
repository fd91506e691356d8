import { GraphQLFloat, GraphQLInt, GraphQLScalarType } from "graphql";
import { isRawNumber } from "../../json.ts";

/** GraphQL's own Int and Float, which also take a number that parseJson kept as text (0.90, 3.0). */
export const Int = takingRawNumbers(GraphQLInt);
export const Float = takingRawNumbers(GraphQLFloat);

function takingRawNumbers(scalar: GraphQLScalarType<number, number>): GraphQLScalarType<number, number> {
  return new GraphQLScalarType({
    ...scalar.toConfig(),
    parseValue: (value) => scalar.parseValue(isRawNumber(value) ? Number(value.rawJSON) : value),
  });
}
