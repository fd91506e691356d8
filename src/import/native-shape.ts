import * as z from "zod";
import {
  amountText,
  isJsonObject,
  type JsonObject,
  jsonObject,
  optionalText,
  plainNumber,
} from "./read-file.ts";

const PROFILES = ["DEV", "STAGING", "PROD"] as const;

const profile = optionalText.transform((text, context) => {
  if (text === undefined) return undefined;
  const known = PROFILES.find((name) => name === text.toUpperCase());
  if (known === undefined) context.addIssue("must be dev, staging or prod");
  return known ?? z.NEVER;
});

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

/** An object with keys in snake_case or camelCase; applies to its own keys only. */
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
          message: `is given twice, once as ${key}: remove one`,
        });
      }
      fields[name] = content;
    }
    return fields;
  }, schema);
}

/** The name of a field in the GraphQL input: `total_cost` is totalMonthlyCost. */
export function fieldName(key: string): string {
  const camel = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return OTHER_NAMES.get(camel) ?? camel;
}

/** Fields with different names in native files and in GraphQL. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["totalCost", "totalMonthlyCost"],
  ["timestamp", "estimatedAt"],
]);

const resourceCostFields = {
  resourceId: z.string(),
  resourceType: z.string(),
  service: z.string(),
  region: z.string(),
  totalMonthlyCost: amountText.transform((amount) => amount ?? null),
  computeCost: amountText,
  storageCost: amountText,
  networkCost: amountText,
  otherCost: amountText,
  confidenceScore: plainNumber,
  usageProfile: optionalText,
  costDrivers: z.unknown().optional(),
  assumptions: z.unknown().optional(),
  tags: jsonObject.nullish(),
};

const resourceCost = inAnySpelling(z.object(resourceCostFields));

const serviceCost = inAnySpelling(
  z.object({ service: z.string(), totalMonthlyCost: statedAmount, resourceCount: statedNumber }),
);

const regionServiceCost = inAnySpelling(
  z.object({ service: z.string(), totalMonthlyCost: statedAmount, resourceCount: plainNumber }),
);

/** The services of a region: a map from service to amount, or a list as in GraphQL. */
const regionServices = z.preprocess(
  (value) => value ?? [],
  z.union([z.array(regionServiceCost), z.record(z.string(), statedAmount).transform(servicesOfMap)], {
    error: "must be a list of services or a map from service to amount",
  }),
);

function servicesOfMap(amounts: Readonly<Record<string, string>>) {
  return Object.entries(amounts).map(([service, totalMonthlyCost]) => ({
    service,
    totalMonthlyCost,
    resourceCount: undefined,
  }));
}

const regionCost = inAnySpelling(
  z.object({
    region: z.string(),
    totalMonthlyCost: statedAmount,
    resourceCount: statedNumber,
    services: regionServices.optional(),
  }),
);

const estimateFields = {
  totalMonthlyCost: statedAmount,
  currency: optionalText,
  profile,
  confidenceScore: plainNumber,
  estimator: optionalText,
  estimatedAt: optionalText,
  byResource: z.array(resourceCost),
  byService: z.array(serviceCost).nullish(),
  byRegion: z.array(regionCost).nullish(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })).nullish(),
};

const estimate = inAnySpelling(z.object(estimateFields));

const contextFields = {
  idempotencyKey: optionalText,
  userId: optionalText,
  project: optionalText,
  branch: optionalText,
  commitSha: optionalText,
  pullRequestUrl: optionalText,
  terraformPlanHash: optionalText,
  labels: jsonObject.nullish(),
};

/** An estimate in the root of the file. */
export const bareEstimate = estimate;

/** An estimate in the field `estimate`. */
export const wrappedEstimate = z.object({ estimate });

/** The fields of a job beside its estimate. */
export const estimateContext = inAnySpelling(z.object(contextFields));

export type NativeEstimate = z.output<typeof estimate>;

/** The names of all known fields, by object. */
export const KNOWN_FIELDS = {
  context: new Set(Object.keys(contextFields)),
  estimate: new Set(Object.keys(estimateFields)),
  resource: new Set(Object.keys(resourceCostFields)),
};

type Path = readonly PropertyKey[];

/** Converts a path of GraphQL names to the names in the file; a missing field gets the style of the other keys. */
export function spelledLike(file: JsonObject): (path: Path) => Path {
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

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
