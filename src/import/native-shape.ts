import * as z from "zod";
import {
  ESTIMATE,
  type EstimateInput,
  NEW_ESTIMATE,
  RESOURCE_COST,
  type ResourceCostInput,
  type StoreEstimateInput,
} from "../estimates/estimate.ts";
import type { Field, ObjectType } from "../estimates/input-object.ts";
import { UsageProfile } from "../jobs/usage-profile.ts";
import type { Spelling } from "../lib/errors.ts";
import { snakeCase } from "../lib/text.ts";
import {
  amountText,
  isJsonObject,
  type JsonObject,
  jsonObject,
  optionalText,
  plainNumber,
} from "./read-file.ts";

/** The names of fields in files that differ from those in GraphQL. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map(otherNames(NEW_ESTIMATE));

function otherNames({ fields }: ObjectType): [other: string, name: string][] {
  return Object.entries(fields).flatMap(([name, field]) => [
    ...(field.otherName === undefined ? [] : [[field.otherName, name] as [string, string]]),
    ...("of" in field ? otherNames(field.of) : []),
  ]);
}

/** The name of a field in the GraphQL input: `total_cost` is totalMonthlyCost. */
export function fieldName(key: string): string {
  const camel = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return OTHER_NAMES.get(camel) ?? camel;
}

/** An object whose own keys (not those further in) may be spelled in either way. */
function inAnySpelling<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (!isJsonObject(value)) return value;
    const fields: Record<string, unknown> = {};
    for (const [key, content] of Object.entries(value)) {
      const name = fieldName(key);
      if (Object.hasOwn(fields, name)) {
        context.addIssue({
          code: "custom",
          path: [name],
          message: `is given twice, once as ${key}: keep one`,
        });
      }
      fields[name] = content;
    }
    return fields;
  }, schema);
}

/** A path of GraphQL names as the file spells it; what the file lacks is spelled like the rest of the file. */
export function spelledLike(file: JsonObject): Spelling {
  const spellMissing = hasCamelKeys(file) ? (name: string) => name : snakeCase;
  return (path) => {
    let here: unknown = file;
    return path.map((step) => {
      const key = typeof step === "string" ? spelling(here, step, spellMissing) : step;
      here = contentOf(here, key);
      return key;
    });
  };
}

function spelling(here: unknown, name: string, spellMissing: (name: string) => string): string {
  const keys = isJsonObject(here) ? Object.keys(here) : [];
  return keys.find((key) => fieldName(key) === name) ?? spellMissing(name);
}

function contentOf(here: unknown, key: PropertyKey): unknown {
  if (Array.isArray(here)) return here[Number(key)];
  return isJsonObject(here) ? here[String(key)] : undefined;
}

function hasCamelKeys(file: JsonObject): boolean {
  const keys = [...Object.keys(file), ...(isJsonObject(file.estimate) ? Object.keys(file.estimate) : [])];
  return keys.some((key) => /[a-z][A-Z]/.test(key)) && !keys.some((key) => key.includes("_"));
}

const PROFILES = Object.values(UsageProfile);

const statedAmount = amountText.transform((amount, context) => {
  if (amount !== null && amount !== undefined) return amount;
  context.addIssue(amount === null ? "must be an amount, it is null" : "is missing, it must be an amount");
  return z.NEVER;
});

const statedNumber = plainNumber.transform((number, context) => {
  if (number !== undefined) return number;
  context.addIssue("is missing, it must be a number");
  return z.NEVER;
});

const profile = optionalText.transform((text, context) => {
  if (text === undefined) return undefined;
  const known = PROFILES.find((name) => name === text.toUpperCase());
  if (known === undefined) context.addIssue("must be dev, staging or prod");
  return known ?? z.NEVER;
});

/** The shape of an input in files: its fields may be spelled in either way. */
function objectShape({ fields, fileFields }: ObjectType): z.ZodType {
  return inAnySpelling(fieldShapes({ ...fields, ...fileFields }));
}

function fieldShapes(fields: ObjectType["fields"]) {
  return z.object(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldShape(name, field)])),
  );
}

function fieldShape(name: string, field: Field): z.ZodType {
  switch (field.kind) {
    case "object":
      return objectShape(field.of);
    case "list":
      return listShape(name, field);
    case "amount":
      return field.optional ? amountText : statedAmount;
    case "count":
    case "score":
      return field.optional ? plainNumber : statedNumber;
    case "json":
      return z.unknown().optional();
    case "jsonObject":
      return jsonObject.nullish();
    case "profile":
      return profile;
    case "boolean":
      return z.boolean().nullish();
    default:
      return field.optional ? optionalText : z.string();
  }
}

function listShape(name: string, { of, map, optional }: Extract<Field, { kind: "list" }>): z.ZodType {
  const list = z.array(objectShape(of));
  if (map === undefined) return optional ? list.nullish() : list;
  const itemsOfMap = z
    .record(z.string(), statedAmount)
    .transform((amounts) =>
      Object.entries(amounts).map(([key, amount]) => ({ [map.key]: key, [map.amount]: amount })),
    );
  const error = `must be a list of ${name} or a map from ${map.key} to amount`;
  return z.preprocess((value) => value ?? [], z.union([list, itemsOfMap], { error })).optional();
}

const { estimate: _, ...contextFields } = NEW_ESTIMATE.fields;

/** The names of all fields that are read, by where they stand. */
export const KNOWN_FIELDS = {
  context: new Set(Object.keys(contextFields)),
  estimate: new Set(Object.keys(ESTIMATE.fields)),
  resource: new Set(Object.keys({ ...RESOURCE_COST.fields, ...RESOURCE_COST.fileFields })),
};

/** The service's own estimate, as a file holds it. */
export type NativeEstimate = Omit<EstimateInput, "byResource"> & {
  readonly byResource: readonly (ResourceCostInput & { readonly usageProfile?: string })[];
};

// The types are derived from the same table as the shapes.

/** The service's own estimate by itself. */
export const bareEstimate = objectShape(ESTIMATE) as z.ZodType<NativeEstimate>;

/** The fields around an estimate, or beside its own. */
export const estimateContext = inAnySpelling(fieldShapes(contextFields)) as z.ZodType<
  Omit<StoreEstimateInput, "estimate">
>;

/** The service's own estimate below `estimate`. */
export const wrappedEstimate = z.object({ estimate: bareEstimate });
