import fc, { type Arbitrary } from "fast-check";
import {
  buildSchema,
  execute,
  GraphQLBoolean,
  type GraphQLInputType,
  GraphQLObjectType,
  GraphQLSchema,
  isEnumType,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
} from "graphql";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../../src/lib/json.ts";
import { createExecuteWithReaders } from "../../../src/server/graphql/input-readers.ts";
import { createSchema } from "../../../src/server/graphql/schema.ts";

const RUNS = { numRuns: Number(process.env.INPUT_READER_RUNS ?? 100) };

/** A schema whose fields store their arguments in the context. */
function recordingSchema(schema: GraphQLSchema): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = (_source, args, context) => context.push(args) > 0;
    }
  }
  return schema;
}

const trees = recordingSchema(
  buildSchema(`
    enum Color { RED GREEN }
    input Tree {
      name: String!
      color: Color = RED
      height: Float! = 1.5
      rings: [[Int]]
      tags: [String!]! = ["wild"]
      isOld: Boolean
      trunk: Tree
      branches: [Tree!]
      choice: Choice
    }
    input Choice @oneOf { name: String, count: Int }
    type Query { find(tree: Tree): Boolean }
    type Mutation { plant(tree: Tree, trees: [Tree]): Boolean }
  `),
);

const service = await createSchema();
const estimates = recordingSchema(
  new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { none: { type: GraphQLBoolean } } }),
    mutation: new GraphQLObjectType({
      name: "Mutation",
      fields: {
        store: { type: GraphQLBoolean, args: { input: { type: inputType(service, "StoreEstimateInput") } } },
      },
    }),
  }),
);

function inputType(schema: GraphQLSchema, name: string): GraphQLInputType {
  const type = schema.getType(name);
  if (!isInputType(type)) throw new Error(`${name} is no input type.`);
  return type;
}

/** Values of scalars in JSON. */
const SCALARS: Readonly<Record<string, Arbitrary<unknown>>> = {
  Boolean: fc.boolean(),
  Currency: fc.constantFrom("USD", "EUR"),
  DateTime: fc.constantFrom("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.5+02:00"),
  Decimal: fc.oneof(
    fc.constantFrom("0", "-0.00", "1.3E3", "12345678901234567.89", 5),
    fc.constantFrom("5.10", "12345678901234567.89", "-0").map((digits) => JSON.rawJSON(digits)),
  ),
  Float: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(JSON.rawJSON("0.90"))),
  Int: fc.oneof(fc.integer(), fc.constant(JSON.rawJSON("3.0"))),
  JSON: fc.jsonValue(),
  JSONObject: fc.dictionary(fc.string(), fc.jsonValue()),
  String: fc.string(),
};

/** @param faults how many of 100 values, at each place, are any JSON. */
function anyJson(type: GraphQLInputType, faults: number, depth = 0): Arbitrary<unknown> {
  const valid = isNonNullType(type)
    ? presentJson(type.ofType, faults, depth)
    : fc.option(presentJson(type, faults, depth), { freq: 9 });
  return fc.oneof(
    { weight: 100 - faults, arbitrary: valid },
    { weight: faults, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  );
}

function presentJson(type: GraphQLInputType, faults: number, depth: number): Arbitrary<unknown> {
  if (isListType(type)) return fc.array(anyJson(type.ofType, faults, depth), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isNonNullType(type) || isLeafType(type)) return SCALARS[String(type)] ?? fc.string();
  const fields = Object.values(type.getFields()).filter(
    (field) => depth < 3 || isNonNullType(field.type) || isLeafType(field.type),
  );
  const required = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  const record = (requiredKeys: string[]) =>
    fc.record(
      Object.fromEntries(fields.map((field) => [field.name, anyJson(field.type, faults, depth + 1)])),
      { requiredKeys },
    );
  const misspelled = fc.dictionary(fc.constantFrom("nmae", "__proto__", "constructor"), fc.jsonValue());
  return fc.oneof(
    { weight: 100 - faults, arbitrary: record(required.map(({ name }) => name)) },
    {
      weight: faults,
      arbitrary: fc.tuple(record([]), misspelled).map(([known, unknown]) => ({ ...known, ...unknown })),
    },
  );
}

type Values = Readonly<Record<string, unknown>>;

/** The result of an operation, with the arguments of its fields. */
async function outcome(run: typeof execute, schema: GraphQLSchema, query: string, variableValues: Values) {
  const contextValue: unknown[] = [];
  const options = { maxCoercionErrors: 20 };
  const result = await run({ schema, document: parse(query), variableValues, contextValue, options });
  return { result: JSON.parse(JSON.stringify(result)), args: contextValue };
}

async function expectSameOutcome(schema: GraphQLSchema, query: string, values: Values) {
  // The values of a request are those of parseJson.
  const variables = parseJson(JSON.stringify(values)) as Values;
  const read = await outcome(EXECUTORS.get(schema) ?? execute, schema, query, variables);
  expect(read).toStrictEqual(await outcome(execute, schema, query, variables));
  return { variables, args: read.args };
}

const EXECUTORS = new Map([trees, estimates].map((schema) => [schema, createExecuteWithReaders(schema)]));

const STORE = "mutation ($input: StoreEstimateInput!) { store(input: $input) }";

describe("Variables of mutations", () => {
  it.each([0, 1, 5])(
    "have the values and the errors of graphql-js for estimates (faults: %i percent)",
    async (faults) => {
      const input = anyJson(inputType(estimates, "StoreEstimateInput"), faults);
      await fc.assert(
        fc.asyncProperty(input, async (value) => {
          await expectSameOutcome(estimates, STORE, { input: value });
        }),
        RUNS,
      );
    },
  );

  it.each([0, 5])(
    "have the values and the errors of graphql-js for all kinds of types (faults: %i percent)",
    async (faults) => {
      const queries = [
        "mutation ($tree: Tree) { plant(tree: $tree) }",
        "mutation ($tree: Tree!, $trees: [Tree]) { plant(tree: $tree, trees: $trees) again: plant(tree: $tree) }",
        'mutation ($tree: Tree = { name: "oak", height: 2 }) { plant(tree: $tree) }',
        'mutation ($tree: Tree!) { plant(tree: { name: "oak", trunk: $tree, color: GREEN }) }',
        'query ($tree: Tree) { find(tree: $tree) __type(name: "__ReadTree") { name } }',
      ];
      const tree = inputType(trees, "Tree");
      const variables = fc.record(
        { tree: anyJson(tree, faults), trees: fc.array(anyJson(tree, faults), { maxLength: 2 }) },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...queries), variables, async (query, values) => {
          await expectSameOutcome(trees, query, values);
        }),
        RUNS,
      );
    },
  );

  it("are not copied if graphql-js would not change a value", async () => {
    const estimate = { totalMonthlyCost: "5.10", currency: "EUR", isComplete: true, byResource: [] };
    const { args, variables } = await expectSameOutcome(estimates, STORE, { input: { estimate } });
    expect((args[0] as Values).input).toBe(variables.input);
  });
});
