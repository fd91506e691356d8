import type { UsageProfile } from "../jobs/usage-profile.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ASSUMED_CURRENCY, Decimal } from "../lib/money.ts";
import type { TextLimit } from "../lib/text.ts";

interface FieldBase {
  /** The description in GraphQL, and in OpenAPI unless `restDescription` is set. */
  readonly description: string;
  readonly restDescription?: string;
  /** null and a missing field are allowed. */
  readonly optional?: true;
  /** The name in files and in REST, where it differs from the name in GraphQL. */
  readonly otherName?: string;
}

interface ScalarField extends FieldBase {
  readonly kind:
    | "amount"
    | "currency"
    | "count"
    | "score"
    | "json"
    | "jsonObject"
    | "dateTime"
    | "profile"
    | "boolean"
    | "code";
  /** The value of a missing field. */
  readonly default?: Decimal | typeof ASSUMED_CURRENCY | boolean;
}

interface TextField extends FieldBase {
  readonly kind: "text";
  readonly limit: TextLimit;
  /** "httpUrl": an absolute URL with the scheme http or https. */
  readonly format?: "httpUrl";
}

interface ListField extends FieldBase {
  readonly kind: "list";
  readonly of: ObjectType;
  readonly limit?: { readonly most: number; readonly noun: string };
  /** The field whose value must not occur twice in the list. */
  readonly unique?: string;
  /** Files and REST also accept an object: its names are values of `key`, its contents values of `amount`. */
  readonly map?: { readonly key: string; readonly amount: string };
}

interface ObjectField extends FieldBase {
  readonly kind: "object";
  readonly of: ObjectType;
}

/** A field of an input. */
export type Field = ScalarField | TextField | ListField | ObjectField;

/** An input: its name in GraphQL, and its fields in the order of the GraphQL schema. */
export interface ObjectType {
  readonly name: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Fields of files and REST that are not stored. */
  readonly fileFields?: Readonly<Record<string, Field>>;
}

/** The TypeScript type of a parsed value, by the kind of its field. */
interface ReadValues {
  text: string;
  code: string;
  amount: Decimal;
  currency: string | typeof ASSUMED_CURRENCY;
  count: number;
  score: number;
  json: JsonValue;
  jsonObject: JsonObject;
  dateTime: Date;
  profile: UsageProfile;
  boolean: boolean;
}

/** The TypeScript type of a value in JSON, by the kind of its field. */
interface JsonValues extends Omit<ReadValues, "currency" | "json" | "jsonObject" | "dateTime"> {
  currency: string;
  json: unknown;
  jsonObject: Record<string, unknown>;
  dateTime: string;
}

type ValueOf<Of extends Field, Values> = Of extends ListField
  ? ObjectOf<Of["of"], Values>[]
  : Of extends ObjectField
    ? ObjectOf<Of["of"], Values>
    : Values[Of["kind"] & keyof Values];

type OptionalNames<Fields extends ObjectType["fields"]> = {
  [Name in keyof Fields]: Fields[Name] extends { optional: true } ? Name : never;
}[keyof Fields];

type FieldsOf<Fields extends ObjectType["fields"], Values> = {
  readonly [Name in Exclude<keyof Fields, OptionalNames<Fields>>]: ValueOf<Fields[Name], Values>;
} & {
  readonly [Name in OptionalNames<Fields>]?: ValueOf<Fields[Name], Values> | null | undefined;
};

type ObjectOf<Type extends ObjectType, Values> = FieldsOf<Type["fields"], Values>;

/** An input with parsed values. */
export type Read<Type extends ObjectType> = ObjectOf<Type, ReadValues>;

/** An input in JSON. */
export type InJson<Type extends ObjectType> = ObjectOf<Type, JsonValues>;

type ColumnNames<Fields extends ObjectType["fields"]> = {
  [Name in keyof Fields]: Fields[Name] extends ListField | ObjectField ? never : Name;
}[keyof Fields];

type ColumnOf<Of extends Field> = Of extends { default: unknown } | { kind: "json" | "jsonObject" }
  ? ValueOf<Of, ReadValues>
  : Of extends { optional: true }
    ? ValueOf<Of, ReadValues> | null
    : ValueOf<Of, ReadValues>;

type Columns<Fields extends ObjectType["fields"]> = {
  readonly [Name in ColumnNames<Fields>]: ColumnOf<Fields[Name]>;
};

/**
 * The scalar fields of an input as columns. A missing value becomes the default, if the field has one; [] or {} in a
 * JSON field; otherwise null.
 */
export function columnsOfInput<Type extends ObjectType>(
  { fields }: Type,
  input: Read<Type>,
): Columns<Type["fields"]> {
  const values: Readonly<Record<string, unknown>> = input;
  const columns: Record<string, unknown> = {};
  for (const name in fields) {
    const field: Field | undefined = fields[name];
    if (field === undefined || field.kind === "list" || field.kind === "object") continue;
    columns[name] = values[name] ?? missingValue(field);
  }
  // The loop writes the names and the values of the type.
  return columns as Columns<Type["fields"]>;
}

function missingValue(field: ScalarField | TextField): unknown {
  if (field.kind === "json") return [];
  if (field.kind === "jsonObject") return {};
  return (field.kind === "text" ? undefined : field.default) ?? null;
}
