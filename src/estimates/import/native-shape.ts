import * as z from "zod";
import { amountText, jsonObject, optionalText, plainNumber } from "./json-fields.ts";
import { inAnySpelling } from "./native-spelling.ts";

const PROFILES = ["DEV", "STAGING", "PROD"] as const;

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

/** A region's services stand in a map from service to amount, or in a list as GraphQL has it. */
const regionServices = z.preprocess(
  (value) => value ?? [],
  z.union([z.array(regionServiceCost), z.record(z.string(), statedAmount).transform(servicesOfMap)], {
    error: "must be a list of services or a map from service to amount",
  }),
);

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

/** The names of all fields that are read, by where they stand. */
export const KNOWN_FIELDS = {
  context: new Set(Object.keys(contextFields)),
  estimate: new Set(Object.keys(estimateFields)),
  resource: new Set(Object.keys(resourceCostFields)),
};

/** The service's own estimate by itself. */
export const bareEstimate = estimate;

/** What may stand around an estimate, or beside its fields: who made it, and of what. */
export const estimateContext = inAnySpelling(z.object(contextFields));

/** The service's own estimate inside of what says who made it, and of what. */
export const wrappedEstimate = z.object({ estimate });

/** The service's own estimate, read. */
export type NativeEstimate = z.output<typeof estimate>;

function servicesOfMap(amounts: Readonly<Record<string, string>>) {
  return Object.entries(amounts).map(([service, totalMonthlyCost]) => ({
    service,
    totalMonthlyCost,
    resourceCount: undefined,
  }));
}
