import * as z from "zod";

/*
 * What POST /store takes. For the description only: the body is read by estimates/import/native-shape.ts, as files
 * of this shape are, and test/http/openapi.test.ts holds the two together.
 */

const amount = (description: string) =>
  z
    .union([z.string(), z.number()])
    .meta({ description: `${description} A string, or a number: it keeps the digits it is written with.` });
const text = (description: string) => z.string().nullish().meta({ description });
const optionalAmount = (description: string) => amount(description).nullish();
const score = z.number().min(0).max(1).nullish().meta({ description: "The estimator's confidence." });

const ResourceInput = z
  .object({
    resource_id: z.string().meta({ description: "The Terraform address." }),
    resource_type: z.string().meta({ description: "The Terraform type." }),
    service: z.string().meta({ description: "The service." }),
    region: z.string().meta({ description: 'The region; "global" or "unknown" when it has none.' }),
    total_monthly_cost: optionalAmount("Left out or null: unknown, which is not zero."),
    compute_cost: optionalAmount("The part that is compute."),
    storage_cost: optionalAmount("The part that is storage."),
    network_cost: optionalAmount("The part that is network."),
    other_cost: optionalAmount("The part that is none of the three."),
    confidence_score: score,
    usage_profile: text("Another profile than the estimate's is kept as a warning."),
    cost_drivers: z.unknown().optional().meta({ description: "What the cost is made of: any JSON." }),
    assumptions: z.unknown().optional().meta({ description: "What was assumed: any JSON." }),
    tags: z.record(z.string(), z.unknown()).nullish().meta({ description: "The resource's tags." }),
  })
  .meta({ id: "ResourceInput", description: "What one resource costs, per month." });

const total = {
  total_cost: amount("The total per month. total_monthly_cost is understood as well."),
  resource_count: z.int().min(0).meta({ description: "How many resources." }),
};

const EstimateInput = z
  .object({
    total_monthly_cost: amount("The total as the estimator states it."),
    currency: text("An ISO 4217 code. Left out: taken to be USD, with a warning."),
    profile: z.enum(["dev", "staging", "prod"]).nullish().meta({ description: "The usage assumptions." }),
    confidence_score: score,
    estimator: text("What made the estimate."),
    timestamp: z.string().nullish().meta({ format: "date-time", description: "When it was made." }),
    by_resource: z.array(ResourceInput).max(100_000).meta({ description: "What each resource costs." }),
    by_service: z
      .array(z.object({ service: z.string(), ...total }))
      .nullish()
      .meta({ description: "What each service costs. Left out: added up." }),
    by_region: z
      .array(
        z.object({
          region: z.string(),
          ...total,
          services: z
            .record(z.string(), amount("The service's cost in this region."))
            .optional()
            .meta({ description: "A map from service to cost. Left out: added up." }),
        }),
      )
      .nullish()
      .meta({ description: "What each region costs. Left out: added up." }),
    warnings: z
      .array(z.object({ code: z.string(), message: z.string() }))
      .nullish()
      .meta({ description: "Kept with the job." }),
  })
  .meta({
    id: "EstimateInput",
    description: "What an estimator says one Terraform plan will cost, per month.",
  });

/** The body of POST /store. */
export const StoreInput = z
  .object({
    estimate: EstimateInput,
    user_id: text("Who stores it."),
    terraform_plan_hash: text("A hash of the plan. Not an identity of the job."),
    project: text("With branch, profile and currency the series that the job belongs to."),
    branch: text("The branch that the plan was made from."),
    commit_sha: text("The commit that the plan was made from."),
    pull_request_url: text("The pull request that the plan belongs to."),
    labels: z.record(z.string(), z.unknown()).nullish().meta({ description: "Anything else to keep." }),
    idempotency_key: text("As the header Idempotency-Key, which wins."),
  })
  .meta({ id: "StoreInput", description: "An estimate to store, and where it comes from." });

/** The answer of POST /store. */
export const StoreBody = z
  .object({ job_id: z.string().meta({ format: "uuid", description: "The job that holds the estimate." }) })
  .meta({ id: "Stored", description: "The stored job." });
