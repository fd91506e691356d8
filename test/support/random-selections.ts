import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from "graphql";

/** A pseudo-random number from 0 to 1, repeatable by its seed (mulberry32). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A variable that a random query may use: its type in GraphQL, and its possible values; undefined: not sent. */
interface RandomVariable {
  readonly type: string;
  readonly values: readonly unknown[];
}

/** The possible arguments and fields of random queries. */
export interface RandomSources {
  readonly schema: GraphQLSchema;
  /** Whether a field of a type may be requested. */
  readonly mayRequest: (type: string, field: string) => boolean;
  /** The texts of arguments by field; a value "$name" is a variable. */
  readonly argumentsOf: Readonly<Record<string, readonly string[]>>;
  readonly variables: Readonly<Record<string, RandomVariable>>;
}

/** A query with its variables. The operation is the last definition, and `fields` are its root fields. */
export interface RandomQuery {
  readonly definitions: string;
  readonly fields: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Creates a random query with aliases, fragments, directives, arguments and variables. */
export function randomQuery(random: Random, sources: RandomSources): RandomQuery {
  const { schema, mayRequest, argumentsOf, variables } = sources;
  const fragments: string[] = [];
  const used = new Set<string>();
  let aliases = 0;

  const oneOf = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value;
  const chance = (share: number) => random() < share;

  function noted(text: string): string {
    for (const [, name] of text.matchAll(/\$(\w+)/g)) if (name !== undefined) used.add(name);
    return text;
  }

  function directive(): string {
    if (!chance(0.12)) return "";
    return noted(
      oneOf([
        " @include(if: $yes)",
        " @skip(if: $no)",
        " @include(if: $no)",
        " @skip(if: false)",
        " @include(if: $maybe)",
      ]),
    );
  }

  function field(
    type: GraphQLObjectType,
    { name, type: of, args }: GraphQLField<unknown, unknown>,
    depth: number,
  ): string {
    const options = argumentsOf[`${type.name}.${name}`];
    const given = args.length > 0 && options ? noted(oneOf(options)) : "";
    const alias = given !== "" || chance(0.25) ? `${oneOf(["a", "__b", "zz"])}${aliases++}: ` : "";
    const below = getNamedType(of);
    const set = isObjectType(below) ? ` ${selection(below, depth + 1)}` : "";
    return `${alias}${name}${given}${directive()}${set}`;
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter(({ name }) => mayRequest(type.name, name));
    const leaves = fields.filter((one) => !isObjectType(getNamedType(one.type)));
    const parts = Array.from({ length: 1 + Math.floor(random() * (depth < 3 ? 6 : 4)) }, () => {
      if (chance(0.08)) return `${chance(0.3) ? `t${aliases++}: ` : ""}__typename`;
      if (depth < 7 && chance(0.08))
        return `...${chance(0.5) ? ` on ${type.name}` : ""}${directive()} ${selection(type, depth + 1)}`;
      if (depth < 7 && chance(0.06)) {
        const name = `F${fragments.length}`;
        fragments.push("");
        fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} ${selection(type, depth + 1)}`;
        return `...${name}${directive()}${chance(0.2) ? ` ...${name}` : ""}`;
      }
      return field(type, oneOf(depth < 6 || leaves.length === 0 ? fields : leaves), depth);
    });
    return `{ ${parts.join(" ")} }`;
  }

  const query = schema.getQueryType();
  if (!query) throw new Error("The schema has no queries.");
  const fields = Array.from({ length: chance(0.8) ? 1 : 2 }, () =>
    field(query, oneOf(Object.values(query.getFields()).filter(({ name }) => mayRequest("Query", name))), 0),
  ).join(" ");
  const declared = [...used].map((name) => `$${name}: ${variables[name]?.type}`);
  const values = [...used].map((name) => [name, oneOf(variables[name]?.values ?? [])] as const);
  return {
    definitions: `${fragments.join(" ")} query${declared.length > 0 ? ` (${declared.join(", ")})` : ""}`,
    fields,
    variables: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
  };
}
