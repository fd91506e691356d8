import * as z from "zod";
import type { Spelling } from "../lib/errors.ts";
import { DECIMAL_RULE, type Decimal, parseDouble } from "../lib/money.ts";
import { snakeCase } from "../lib/text.ts";
import {
  amountText,
  anyText,
  filledText,
  flag,
  isJsonObject,
  type JsonObject,
  jsonObject,
  nameText,
} from "./read-file.ts";

/**
 * The names of a field in files of `infracost scan --json`, in camel case and in the order of priority. The format has
 * no version, and its versions rename fields.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  name: ["projectName", "address", "resourceName", "componentName", "name"],
  type: ["type", "resourceType"],
  isSupported: ["isSupported", "supported"],
  isFree: ["isFree", "free"],
  costComponents: ["costComponents", "components"],
  subresources: ["subresources", "subResources", "childResources", "children"],
  quantity: ["quantity", "monthlyQuantity"],
  price: ["price", "unitPrice"],
  baseMonthlyCost: ["baseMonthlyCost", "monthlyBaseCost", "baseCost", "baselineMonthlyCost"],
  usageMonthlyCost: ["usageMonthlyCost", "monthlyUsageCost", "usageCost", "totalMonthlyUsageCost"],
  totalMonthlyCost: ["totalMonthlyCost", "monthlyCost", "totalCost"],
  usageBased: ["usageBased", "isUsageBased"],
  priceNotFound: ["priceNotFound", "isPriceNotFound"],
  timeGenerated: ["timeGenerated", "time", "generatedAt", "timestamp", "createdAt"],
};

const NAME_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([name, names]) => names.map((other) => [other, name] as const)),
);

/** The key in camel case: `cost_components` is costComponents. */
export function camelCase(key: string): string {
  return key.replace(/_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** The names of the first keys that were read: a file of 100,000 resources has few different keys. */
const FIELD_NAMES = new Map<string, string>();
const MAX_FIELD_NAMES = 1_000;

/** The name of a key of a file in this format. */
export function fieldName(key: string): string {
  const known = FIELD_NAMES.get(key);
  if (known !== undefined) return known;
  const name = camelCase(key);
  const field = NAME_OF.get(name) ?? name;
  if (FIELD_NAMES.size < MAX_FIELD_NAMES) FIELD_NAMES.set(key, field);
  return field;
}

/** The keys of an object by the fields that they hold: the first one by priority that is not null or "". */
export function keysOf(object: JsonObject): Map<string, string> {
  const keys = new Map<string, string>();
  for (const key of Object.keys(object)) {
    const name = fieldName(key);
    const other = keys.get(name);
    if (other === undefined || hasPriority(object, name, key, other)) keys.set(name, key);
  }
  return keys;
}

function hasPriority(object: JsonObject, name: string, key: string, other: string): boolean {
  const isEmpty = (candidate: string) => object[candidate] === null || object[candidate] === "";
  if (isEmpty(key) !== isEmpty(other)) return isEmpty(other);
  const names = NAMES[name] ?? [];
  return names.indexOf(camelCase(key)) < names.indexOf(camelCase(other));
}

/** An object with the names of this format, however the file spells them. */
function inAnySpelling<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => {
    if (!isJsonObject(value)) return value;
    const fields: Record<string, unknown> = {};
    for (const [name, key] of keysOf(value)) {
      if (Object.hasOwn(shape, name)) fields[name] = value[key];
    }
    return fields;
  }, z.object(shape));
}

/** Infracost calculates with fractions, and prints doubles. */
const amount = z
  .unknown()
  .optional()
  .transform((value, context): Decimal | null => {
    if (value === null || value === undefined || value === "") return null;
    const decimal = parseDouble(value);
    if (decimal !== undefined) return decimal;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

const component = inAnySpelling({
  name: nameText,
  unit: anyText,
  quantity: amountText,
  price: amountText,
  baseMonthlyCost: amount,
  usageMonthlyCost: amount,
  totalMonthlyCost: amount,
  usageBased: flag,
  priceNotFound: flag,
});

const partShape = { name: nameText, costComponents: z.array(component).nullish() };

const part: z.ZodType<PartV2> = inAnySpelling({
  ...partShape,
  subresources: z.lazy(() => z.array(part).nullish()),
});

/** Tags are a map. A list of keys and values is read as well, and another list is not. */
const tags = z.preprocess(
  (value) => (Array.isArray(value) ? Object.fromEntries(value.flatMap(tagOf)) : value),
  jsonObject.nullish(),
);

function tagOf(tag: unknown): [string, unknown][] {
  if (!isJsonObject(tag)) return [];
  const { key = tag.Key ?? tag.name, value = tag.Value } = tag;
  return typeof key === "string" ? [[key, value ?? ""]] : [];
}

const resource = inAnySpelling({
  ...partShape,
  name: z.string(),
  subresources: z.array(part).nullish(),
  type: anyText,
  isSupported: flag,
  isFree: flag,
  totalMonthlyCost: amount,
  tags,
  defaultTags: tags,
});

/** Errors and warnings are not part of the shape: they have any shape, and infracost-diagnostics.ts reads them. */
const project = inAnySpelling({
  name: anyText,
  path: anyText,
  resources: z.array(resource).nullish(),
  totalMonthlyCost: amount,
  summary: z.unknown().optional(),
  metadata: jsonObject.nullish(),
});

/** The output of `infracost scan --json`. */
export const scan = inAnySpelling({
  currency: filledText,
  // An invalid time is reported, and is no reason to refuse the file.
  timeGenerated: anyText,
  totalMonthlyCost: amount,
  summary: z.unknown().optional(),
  metadata: jsonObject.nullish(),
  projects: z.array(project),
});

/** A resource or a subresource. */
export type PartV2 = z.output<z.ZodObject<typeof partShape>> & { subresources?: PartV2[] | null | undefined };
export type ComponentV2 = z.output<typeof component>;
export type ResourceV2 = z.output<typeof resource>;
export type ScanV2 = z.output<typeof scan>;
export type ProjectV2 = z.output<typeof project>;

/** A path of the names of this format as the file spells it. */
export function spelledLike(file: JsonObject): Spelling {
  return (path) => {
    let here: unknown = file;
    return path.map((step) => {
      const key =
        isJsonObject(here) && typeof step === "string" ? (keysOf(here).get(step) ?? snakeCase(step)) : step;
      here = contentAt(here, key);
      return key;
    });
  };
}

function contentAt(here: unknown, key: PropertyKey): unknown {
  if (Array.isArray(here)) return here[Number(key)];
  return isJsonObject(here) ? here[String(key)] : undefined;
}
