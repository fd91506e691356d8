import { types } from "@mikro-orm/core";
import type { InferKyselyDB } from "@mikro-orm/postgresql";
import type { Selectable } from "kysely";
import { snakeCase } from "../lib/text.ts";
import { entities } from "./schema.ts";

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

interface Column {
  /** The name of the column in camel case. */
  readonly name: string;
  readonly type: ColumnType | undefined;
  readonly nullable: boolean;
}

const COLUMN_TYPES = [
  "uuid",
  "decimal",
  "text",
  "integer",
  "smallint",
  "boolean",
  "double",
  "json",
  "datetime",
] as const;

/** The type of a column, by its name in MikroORM. */
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** A property has a type of MikroORM, or an instance of it. */
function columnTypeOf(type: unknown): ColumnType | undefined {
  return COLUMN_TYPES.find((name) => type === types[name] || type instanceof types[name]);
}

/** The columns of a table in the order of the entity's properties. */
export function describeColumns(table: TableName): Column[] {
  const entity = entities.find(({ meta }) => meta.tableName === table);
  const properties = Object.entries(entity?.meta.properties ?? {});
  return properties
    .filter(([, { joinColumns }]) => joinColumns === undefined || joinColumns.length === 1)
    .map(([name, { kind, type, nullable = false }]) =>
      // Such a relation is the UUID of a purge.
      kind === "m:1"
        ? { name: `${name}Id`, type: "uuid", nullable }
        : { name, type: columnTypeOf(type), nullable },
    );
}

/**
 * The type of a column.
 * @param name the name of the column in camel case.
 * @throws Error when the column has another type than those of ColumnType.
 */
export function typeOfColumn(table: TableName, name: string): ColumnType {
  const type = describeColumns(table).find((column) => column.name === name)?.type;
  if (type === undefined) throw new Error(`The column ${table}.${snakeCase(name)} has an unknown type.`);
  return type;
}

/** The columns of a table by their names in camel case, in the order of the entity's properties. */
export function columnsOf<Table extends TableName>(table: Table): Columns<Table> {
  const columns = describeColumns(table).map(({ name }) => [name, snakeCase(name)]);
  // The type `Columns` applies the same name conversion to the same properties.
  return Object.fromEntries(columns) as Columns<Table>;
}
