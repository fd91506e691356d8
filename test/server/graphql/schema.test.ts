import { readFile } from "node:fs/promises";
import { buildSchema, type GraphQLSchema, isScalarType, isSpecifiedScalarType, printSchema } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { createSchema } from "../../../src/server/graphql/schema.ts";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

/** Every element of the schema by its path, with its description. */
function descriptions(): [string, string | null | undefined][] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) => [
      [type.name, type.description] as [string, string],
      ...("getFields" in type
        ? Object.values(type.getFields()).flatMap((field) => ofField(type.name, field))
        : []),
      ...("getValues" in type
        ? type
            .getValues()
            .map((value): [string, string] => [`${type.name}.${value.name}`, value.description ?? ""])
        : []),
    ]);
}

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly args?: readonly Described[];
}

function ofField(
  type: string,
  { name, description, args }: Described,
): [string, string | null | undefined][] {
  const path = `${type}.${name}`;
  return [
    [path, description],
    ...(args ?? []).map((arg): [string, string | null | undefined] => [
      `${path}(${arg.name})`,
      arg.description,
    ]),
  ];
}

describe("The schema", () => {
  it("describes every type, field, argument and value", () => {
    const silent = descriptions().filter(([, description]) => !description?.trim());
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it("names the specification of every custom scalar, also in schema.graphql", async () => {
    const committed = await readFile(new URL("../../../schema.graphql", import.meta.url), "utf8");
    for (const { name, specifiedByURL } of Object.values(schema.getTypeMap())
      .filter(isScalarType)
      .filter((type) => !isSpecifiedScalarType(type))) {
      expect(specifiedByURL, name).toMatch(/^https:/);
      expect(committed).toContain(`scalar ${name} @specifiedBy(url: "${specifiedByURL}")`);
    }
  });

  it("is the one in schema.graphql", async () => {
    const committed = await readFile(new URL("../../../schema.graphql", import.meta.url), "utf8");
    expect(printSchema(buildSchema(committed)).trim()).toBe(printSchema(schema).trim());
  });
});
