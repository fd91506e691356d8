import * as z from "zod";
import { amountText, filledText, jsonObject, knownAmount } from "./read-file.ts";

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

const resource = pricedThing.extend({
  resourceType: filledText,
  monthlyCost: knownAmount,
  tags: jsonObject.nullish(),
  defaultTags: jsonObject.nullish(),
});

const breakdown = z.object({
  resources: z.array(resource).nullable(),
  freeResources: z.array(resource).nullish(),
  totalMonthlyCost: knownAmount,
});

/** An error or a warning of Infracost about a project; `data` lists the affected names. */
const diagnostic = z.union(
  [z.string(), z.object({ message: z.string().nullish(), data: z.unknown().optional() })],
  {
    error: "must be text or an object with a message",
  },
);

const project = z
  .object({
    name: filledText,
    metadata: z
      .object({
        path: filledText,
        terraformModulePath: filledText,
        terraformWorkspace: filledText,
        vcsPullRequestUrl: filledText,
        errors: z.array(diagnostic).nullish(),
        warnings: z.array(diagnostic).nullish(),
      })
      .nullish(),
    breakdown: breakdown.nullish(),
  })
  .superRefine(({ breakdown, metadata }, context) => {
    // A project that Infracost failed to read has no breakdown.
    if (breakdown || metadata?.errors?.length) return;
    context.addIssue({ code: "custom", path: ["breakdown"], message: "is missing, it must be an object" });
  });

/** The common fields of all Infracost JSON files since 2021. */
export const infracostFile = z.object({
  currency: filledText,
  timeGenerated: filledText,
  totalMonthlyCost: knownAmount,
  metadata: z
    .object({
      vcsBranch: filledText,
      branch: filledText,
      vcsCommitSha: filledText,
      commit: filledText,
      vcsPullRequestUrl: filledText,
    })
    .nullish(),
  projects: z.array(project).min(1, "is empty: there is nothing to store"),
});

export type InfracostFile = z.output<typeof infracostFile>;
export type InfracostProject = z.output<typeof project>;
export type InfracostDiagnostic = z.output<typeof diagnostic>;
export type InfracostResource = z.output<typeof resource>;
/** A resource or a subresource. */
export type InfracostPricedThing = z.output<typeof pricedThing>;
