import type { InferKyselyDB } from "@mikro-orm/postgresql";
import { type Selectable, sql } from "kysely";
import { snakeCase } from "../lib/text.ts";
import { entities } from "./schema.ts";
import type { Sql } from "./sql.ts";

type Tables = InferKyselyDB<(typeof entities)[number]>;

/** The name of a table. */
export type TableName = keyof Tables & string;

/** The relation of a part to its job has no columns of its own; Kysely's types derive one from its name. */
type ColumnOf<Table extends TableName> = Exclude<keyof Selectable<Tables[Table]> & string, "job_shard_key">;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** A row of a table. The keys are the column names in camel case; the types are those of the entity (schema.ts). */
export type Row<Table extends TableName> = {
  readonly [Column in ColumnOf<Table> as CamelCase<Column>]: Selectable<Tables[Table]>[Column];
};

/** The columns of a table, by their names in camel case. */
export type Columns<Table extends TableName> = {
  readonly [Column in ColumnOf<Table> as CamelCase<Column>]: Column;
};

/** The columns of a table by their names in camel case, in the order of the entity's properties. */
export function columnsOf<Table extends TableName>(table: Table): Columns<Table> {
  const entity = entities.find(({ meta }) => meta.tableName === table);
  const properties = Object.entries(entity?.meta.properties ?? {});
  const names = properties
    .filter(([, { joinColumns }]) => joinColumns === undefined || joinColumns.length === 1)
    .map(([name, { kind }]) => (kind === "m:1" ? `${name}Id` : name));
  // The type `Columns` applies the same name conversion to the same properties.
  return Object.fromEntries(names.map((name) => [name, snakeCase(name)])) as Columns<Table>;
}

/** The columns of a table as a select list, with aliases in camel case. */
export function selectList<Name extends string>(
  table: TableName,
  columns: Readonly<Partial<Record<Name, string>>>,
): Sql<unknown> {
  const list = Object.entries<string | undefined>(columns);
  return sql.raw(list.map(([name, column]) => `${table}.${column} as "${name}"`).join(", "));
}
