import * as z from "zod";
import {
  amountText,
  anyText,
  filledText,
  flag,
  isJsonObject,
  jsonObject,
  knownAmount,
  nameText,
} from "./read-file.ts";

const amountAsWritten = amountText.transform((amount) => amount ?? null);

const costComponent = z.object({
  name: nameText,
  unit: anyText,
  monthlyQuantity: amountAsWritten,
  price: amountAsWritten,
  monthlyCost: knownAmount,
  usageBased: flag,
  priceNotFound: flag,
});

const pricedThing = z.object({
  name: z.string(),
  costComponents: z.array(costComponent).nullish(),
  get subresources(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof pricedThing>>> {
    return z.array(pricedThing).nullish();
  },
});

/** An object whose content is only looked at where it has the expected shape. */
const anyObject = z
  .unknown()
  .optional()
  .transform((value) => (isJsonObject(value) ? value : {}));

const resource = pricedThing.extend({
  resourceType: filledText,
  monthlyCost: knownAmount,
  tags: jsonObject.nullish(),
  defaultTags: jsonObject.nullish(),
  metadata: anyObject,
});

const breakdown = z.object({
  resources: z.array(resource).nullable(),
  freeResources: z.array(resource).nullish(),
  totalMonthlyCost: knownAmount,
});

/** Errors and warnings are not part of the shape: they have any shape, and infracost-diagnostics.ts reads them. */
const project = z.object({
  name: filledText,
  metadata: z.looseObject({ terraformModulePath: filledText, terraformWorkspace: filledText }).nullish(),
  breakdown: breakdown.nullish(),
  summary: anyObject,
});

/** The common fields of all Infracost JSON files from 2021 to Infracost 0.10. */
export const infracostFile = z.object({
  currency: filledText,
  timeGenerated: filledText,
  totalMonthlyCost: knownAmount,
  metadata: jsonObject.nullish(),
  summary: anyObject,
  projects: z.array(project).min(1, "is empty: there is nothing to store"),
});

export type ProjectV1 = z.output<typeof project>;
export type ResourceV1 = z.output<typeof resource>;
/** A resource or a subresource. */
export type PartV1 = z.output<typeof pricedThing>;
