import * as z from "zod";
import type { Job } from "../../../jobs/job.types.ts";
import { costField, digits, timeField } from "./fields.ts";

const Warning = z.object({
  code: z.string().meta({ description: "For programs: UPPER_SNAKE_CASE." }),
  message: z.string().meta({ description: "For people: a sentence." }),
});

/** A stored job. */
export const JobBody = z
  .object({
    job_id: z.string().meta({ format: "uuid", description: "UUIDv7." }),
    status: z.literal("completed").meta({ description: "What is stored is complete." }),
    created_at: timeField("When it was stored."),
    user_id: z.string().nullable().meta({ description: "Who stored it." }),
    project: z.string().nullable().meta({ description: "The project." }),
    branch: z.string().nullable().meta({ description: "The branch that the plan was made from." }),
    commit_sha: z.string().nullable().meta({ description: "The commit that the plan was made from." }),
    profile: z
      .enum(["dev", "staging", "prod"])
      .nullable()
      .meta({ description: "The usage assumptions; null: not stated." }),
    terraform_plan_hash: z.string().nullable().meta({ description: "The plan's hash." }),
    schema_version: z.string().meta({ description: "The version of the stored record's shape." }),
    currency: z.string().meta({ description: "The ISO 4217 code of every amount in this job." }),
    total_monthly_cost: costField("The total as it was stated, per month."),
    confidence_score: z
      .number()
      .nullable()
      .meta({ description: "The estimator's confidence, 0 to 1; null: not stated." }),
    resource_count: z.int().meta({ description: "How many resources the estimate has." }),
    unpriced_resource_count: z
      .int()
      .meta({ description: "How many of them have an unknown cost, which the total cannot hold." }),
    warnings: z.array(Warning).meta({ description: "What did not add up when it was stored." }),
  })
  .meta({ id: "Job", description: "One stored estimate." });

/** A page of jobs. */
export const JobsBody = z.array(JobBody).meta({ id: "Jobs", description: "Jobs, newest first." });

const PROFILES = { DEV: "dev", STAGING: "staging", PROD: "prod" } as const;

/** A job as REST has it. */
export function jobBody(job: Job): z.output<typeof JobBody> {
  return {
    job_id: job.id,
    status: "completed",
    created_at: job.createdAt.toISOString(),
    user_id: job.userId,
    project: job.project,
    branch: job.branch,
    commit_sha: job.commitSha,
    profile: job.profile && PROFILES[job.profile],
    terraform_plan_hash: job.terraformPlanHash,
    schema_version: job.schemaVersion,
    currency: job.currency,
    total_monthly_cost: digits(job.totalMonthlyCost),
    confidence_score: job.confidenceScore,
    resource_count: job.resourceCount,
    unpriced_resource_count: job.unpricedResourceCount,
    warnings: job.warnings,
  };
}
