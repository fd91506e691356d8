import * as z from "zod";
import { amountText, filledText, hasContent, isJsonObject, jsonObject, knownAmount } from "./read-file.ts";

const amountAsWritten = amountText.transform((amount) => amount ?? null);

const costComponent = z.object({
  name: z.string(),
  unit: z.string().nullish(),
  monthlyQuantity: amountAsWritten,
  price: amountAsWritten,
  monthlyCost: knownAmount,
  usageBased: z.boolean().nullish(),
  priceNotFound: z.boolean().nullish(),
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

/** An error or a warning of Infracost about a project; `data` lists the affected names. */
const diagnostic = z.union(
  [
    z.string(),
    z.object({
      message: z.string().nullish(),
      code: z.unknown().optional(),
      data: z.unknown().optional(),
      isError: z.unknown().optional(),
    }),
  ],
  {
    error: "must be text or an object with a message",
  },
);

const diagnostics = z.array(diagnostic).nullish();

/** Diagnostics of the whole file. No version documents them, so that any content is one. */
const rootDiagnostics = z
  .unknown()
  .optional()
  .transform((value) =>
    (Array.isArray(value) ? value : [value]).filter(hasContent).map((item): z.output<typeof diagnostic> => {
      const read = diagnostic.safeParse(item);
      return read.success ? read.data : JSON.stringify(item);
    }),
  );

const project = z
  .object({
    name: filledText,
    metadata: z
      .looseObject({
        type: z.unknown().optional(),
        terraformModulePath: filledText,
        terraformWorkspace: filledText,
        errors: diagnostics,
        warnings: diagnostics,
      })
      .nullish(),
    breakdown: breakdown.nullish(),
    summary: anyObject,
  })
  .superRefine(({ breakdown, metadata }, context) => {
    // A project that Infracost failed to read has no breakdown.
    if (breakdown || metadata?.errors?.length || metadata?.type === "error") return;
    context.addIssue({ code: "custom", path: ["breakdown"], message: "is missing, it must be an object" });
  });

/** The common fields of all Infracost JSON files from 2021 to Infracost 0.10. */
export const infracostFile = z.object({
  currency: filledText,
  timeGenerated: filledText,
  totalMonthlyCost: knownAmount,
  metadata: z.looseObject({ errors: rootDiagnostics, warnings: rootDiagnostics }).nullish(),
  errors: rootDiagnostics,
  warnings: rootDiagnostics,
  summary: anyObject,
  projects: z.array(project).min(1, "is empty: there is nothing to store"),
});

export type ProjectV1 = z.output<typeof project>;
export type DiagnosticV1 = z.output<typeof diagnostic>;
export type ResourceV1 = z.output<typeof resource>;
/** A resource or a subresource. */
export type PartV1 = z.output<typeof pricedThing>;
