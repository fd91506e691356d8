import { type GraphQLField, isListType, isNonNullType, isObjectType } from "graphql";
import { expect, it } from "vitest";
import type { FieldCost } from "../../../src/graphql/costs.ts";
import { createSchema } from "../../../src/server/graphql/schema.ts";

/** Every field of the types of the schema, by path. */
async function fields(): Promise<[string, GraphQLField<unknown, unknown>][]> {
  const types = Object.values((await createSchema()).getTypeMap()).filter(isObjectType);
  return types
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field): [string, typeof field] => [
        `${type.name}.${field.name}`,
        field,
      ]),
    );
}

const costOf = ({ extensions }: GraphQLField<unknown, unknown>) => extensions.cost as FieldCost | undefined;

it("Every list declares its number of objects", async () => {
  const lists = (await fields()).filter(([, { type }]) =>
    isListType(isNonNullType(type) ? type.ofType : type),
  );
  expect(lists.length).toBeGreaterThan(10);
  expect(lists.filter(([, field]) => costOf(field)?.items === undefined).map(([path]) => path)).toEqual([]);
});

it("Every field with pages declares their size", async () => {
  const paged = (await fields()).filter(([, { args }]) => args.some(({ name }) => name === "first"));
  expect(paged.length).toBeGreaterThan(4);
  expect(paged.filter(([, field]) => costOf(field)?.page === undefined).map(([path]) => path)).toEqual([]);
});
