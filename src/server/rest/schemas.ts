import * as z from "zod";
import { ESTIMATE, MAX_STATED_COUNT, NEW_ESTIMATE, RESOURCE_COST } from "../../estimates/estimate.ts";
import type { Field, ObjectType } from "../../estimates/input-object.ts";
import type { CostResult, Job, RegionCost, ServiceCost } from "../../jobs/job.graphql.ts";
import { PROFILE_NAMES } from "../../jobs/usage-profile.ts";
import type { RawNumber } from "../../lib/json.ts";
import { snakeCase } from "../../lib/text.ts";
import {
  costField,
  digits,
  digitsOrNull,
  jsonField,
  optionalCostField,
  timeField,
  Warning,
} from "./fields.ts";

/** A stored job. */
export const JobBody = z
  .object({
    job_id: z.string().meta({ format: "uuid", description: "UUID." }),
    status: z.literal("completed").meta({
      description: "Always completed: the job is stored. A job of a failed estimate is stored too.",
    }),
    created_at: timeField("The time when the job was stored."),
    user_id: z.string().nullable().meta({ description: "The user who stored the job." }),
    project: z.string().nullable().meta({ description: "The project." }),
    branch: z.string().nullable().meta({ description: "The branch of the plan." }),
    commit_sha: z.string().nullable().meta({ description: "The commit of the plan." }),
    profile: z
      .enum(PROFILE_NAMES)
      .nullable()
      .meta({ description: "The usage assumptions; null: not stated." }),
    terraform_plan_hash: z.string().nullable().meta({ description: "The hash of the plan." }),
    schema_version: z.string().meta({ description: "The version of the format of the stored job." }),
    currency: z
      .string()
      .meta({ description: "The ISO 4217 code of the currency of all amounts of the job." }),
    total_monthly_cost: costField("The total as the estimator stated it, per month."),
    confidence_score: z
      .number()
      .nullable()
      .meta({ description: "The confidence of the estimator, 0 to 1; null: not stated." }),
    resource_count: z.int().meta({ description: "The number of resources of the estimate." }),
    unpriced_resource_count: z.int().meta({
      description: "The number of resources with an unknown cost. The total does not include them.",
    }),
    unsupported_resource_count: z
      .int()
      .nullable()
      .meta({ description: "The number of resources that the estimator cannot price; null: not stated." }),
    is_complete: z
      .boolean()
      .meta({ description: "false: the estimator reported an error, and the total is partial." }),
    warnings: z.array(Warning).meta({
      description:
        "The warnings of the input, and the discrepancies that were found when the job was stored.",
    }),
  })
  .meta({ id: "Job", description: "One stored estimate." });

/** A page of jobs. */
export const JobsBody = z.array(JobBody).meta({ id: "Jobs", description: "Jobs, newest first." });

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
    profile: job.profile && PROFILE_NAMES[job.profile],
    terraform_plan_hash: job.terraformPlanHash,
    schema_version: job.schemaVersion,
    currency: job.currency,
    total_monthly_cost: digits(job.totalMonthlyCost),
    confidence_score: job.confidenceScore,
    resource_count: job.resourceCount,
    unpriced_resource_count: job.unpricedResourceCount,
    unsupported_resource_count: job.unsupportedResourceCount,
    is_complete: job.isComplete,
    warnings: job.warnings,
  };
}

/** One resource of a job. */
const ResourceBody = z
  .object({
    resource_id: z.string().meta({ description: "The Terraform address." }),
    resource_type: z.string().meta({ description: "The Terraform type." }),
    service: z.string().meta({ description: "The service." }),
    region: z
      .string()
      .meta({ description: 'The region; "global" or "unknown" if the resource has no region.' }),
    total_monthly_cost: optionalCostField("The cost per month; null: the cost is unknown, not zero."),
    compute_cost: costField("The compute part of the cost."),
    storage_cost: costField("The storage part of the cost."),
    network_cost: costField("The network part of the cost."),
    other_cost: costField("The rest of the cost: neither compute, storage nor network."),
    confidence_score: z.number().nullable().meta({ description: "The confidence of the estimator, 0 to 1." }),
    cost_drivers: jsonField("The cost drivers as the estimator sent them."),
    assumptions: jsonField("The assumptions as the estimator sent them."),
    tags: z.record(z.string(), z.unknown()).meta({ description: "The tags of the resource." }),
  })
  .meta({ id: "Resource", description: "The cost of one resource, per month, in the currency of the job." });

/** A page of resources. */
export const ResourcesBody = z
  .array(ResourceBody)
  .meta({ id: "Resources", description: "Resources, most expensive first and unknown costs last." });

/** A resource as REST has it. */
export function resourceBody(resource: CostResult): z.output<typeof ResourceBody> {
  return {
    resource_id: resource.resourceId,
    resource_type: resource.resourceType,
    service: resource.service,
    region: resource.region,
    total_monthly_cost: digitsOrNull(resource.totalMonthlyCost),
    compute_cost: digits(resource.computeCost),
    storage_cost: digits(resource.storageCost),
    network_cost: digits(resource.networkCost),
    other_cost: digits(resource.otherCost),
    confidence_score: resource.confidenceScore,
    cost_drivers: resource.costDrivers,
    assumptions: resource.assumptions,
    tags: resource.tags,
  };
}

const counts = {
  total_cost: costField("The sum of the known costs, per month."),
  resource_count: z.int().meta({ description: "The number of resources." }),
  unpriced_resource_count: z.int().meta({ description: "The number of resources with an unknown cost." }),
};

/** What each service costs. */
export const ServicesBody = z
  .array(
    z
      .object({ service: z.string().meta({ description: "The service." }), ...counts })
      .meta({ id: "Service", description: "The cost of one service in a job." }),
  )
  .meta({ id: "Services", description: "Services, most expensive first." });

/** What each region costs. */
export const RegionsBody = z
  .array(
    z
      .object({
        region: z.string().meta({ description: "The region." }),
        ...counts,
        services: z
          .record(z.string(), costField("The cost of the service in this region."))
          .meta({ description: "The services in this region: a map from service to cost." }),
      })
      .meta({ id: "Region", description: "The cost of one region in a job." }),
  )
  .meta({ id: "Regions", description: "Regions, most expensive first." });

/** The services of a job as REST has them. */
export function servicesBody(services: readonly ServiceCost[]): z.output<typeof ServicesBody> {
  return services.map((service) => ({ service: service.service, ...countsOf(service) }));
}

/** The regions of a job as REST has them. */
export function regionsBody(regions: readonly RegionCost[]): z.output<typeof RegionsBody> {
  return regions.map((region) => ({
    region: region.region,
    ...countsOf(region),
    services: Object.fromEntries(
      region.services.map(({ service, totalMonthlyCost }): [string, RawNumber] => [
        service,
        digits(totalMonthlyCost),
      ]),
    ),
  }));
}

function countsOf(total: ServiceCost | RegionCost) {
  return {
    total_cost: digits(total.totalMonthlyCost),
    resource_count: total.resourceCount,
    unpriced_resource_count: total.unpricedResourceCount,
  };
}

/** The inputs that are components of the document, by their names there. */
const INPUT_IDS: ReadonlyMap<ObjectType, string> = new Map<ObjectType, string>([
  [NEW_ESTIMATE, "StoreInput"],
  [ESTIMATE, "EstimateInput"],
  [RESOURCE_COST, "ResourceInput"],
]);

/** The body of POST /store: describes what import/native-shape.ts reads, from the same table. */
export const StoreInput = inputBody(NEW_ESTIMATE);

function inputBody(type: ObjectType): z.ZodType {
  const fields = Object.entries({ ...type.fields, ...type.fileFields });
  const body = z.object(
    Object.fromEntries(
      fields.map(([name, field]) => [snakeCase(field.otherName ?? name), inputField(field)]),
    ),
  );
  const id = INPUT_IDS.get(type);
  return id === undefined ? body : body.meta({ id, description: type.description });
}

function inputField(field: Field): z.ZodType {
  if (field.kind === "object") return inputBody(field.of);
  const schema = inputValue(field);
  const optional = field.kind === "json" || "map" in field ? schema.optional() : schema.nullish();
  const body = field.optional ? optional : schema;
  if (field.kind === "amount") return body;
  return body.meta({
    description: inputDescription(field),
    ...(field.kind === "dateTime" && { format: "date-time" }),
  });
}

function inputValue(field: Exclude<Field, { kind: "object" }>): z.ZodType {
  switch (field.kind) {
    case "list":
      return inputList(field);
    case "amount":
      return z.union([z.string(), z.number()]).meta({ description: inputDescription(field) });
    case "count":
      return z.int().min(0).max(MAX_STATED_COUNT);
    case "score":
      return z.number().min(0).max(1);
    case "json":
      return z.unknown();
    case "jsonObject":
      return z.record(z.string(), z.unknown());
    case "profile":
      return z.enum(PROFILE_NAMES);
    case "boolean":
      return z.boolean();
    default:
      return z.string();
  }
}

/** Of a list that may be a map, the map is described. */
function inputList({ of, limit, map }: Extract<Field, { kind: "list" }>): z.ZodType {
  const amount = map && of.fields[map.amount];
  if (amount !== undefined) return z.record(z.string(), inputField(amount));
  const list = z.array(inputBody(of));
  return limit === undefined ? list : list.max(limit.most);
}

function inputDescription({ kind, description, restDescription = description }: Field): string {
  return kind === "amount"
    ? `${restDescription} A string or a number, whose digits are preserved.`
    : restDescription;
}

/** The answer of POST /store. */
export const StoreBody = z
  .object({ job_id: z.string().meta({ format: "uuid", description: "The job that holds the estimate." }) })
  .meta({ id: "Stored", description: "The stored job." });

/** A refusal (RFC 9457). */
export const ProblemBody = z
  .object({
    type: z.string().meta({ description: "Always about:blank; the code identifies the error." }),
    title: z.string().meta({ description: "The name of the HTTP status." }),
    status: z.int().meta({ description: "The HTTP status." }),
    detail: z.string().meta({ description: "The error and the permitted values, for people." }),
    code: z.string().meta({
      description:
        "The code of the error, for programs: BAD_USER_INPUT, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CURRENCY_MISMATCH, IDEMPOTENCY_CONFLICT, PAYLOAD_TOO_LARGE, QUERY_TOO_COMPLEX, UNSUPPORTED_MEDIA_TYPE, METHOD_NOT_ALLOWED, MISDIRECTED_REQUEST, BAD_REQUEST, TOO_MANY_REQUESTS and SERVICE_UNAVAILABLE (try again after Retry-After), INTERNAL_SERVER_ERROR.",
    }),
    problems: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "With BAD_USER_INPUT: all errors of the input, each with its path." }),
  })
  .meta({ id: "Problem", description: "The error of a request (RFC 9457)." });
