import { ASSUMED_CURRENCY } from "../lib/money.ts";
import type { TextLimit } from "../lib/text.ts";
import type { InJson, ObjectType, Read } from "./input-object.ts";

/** Terraform addresses and URLs are the longest texts. */
const LIMITS = {
  name: { most: 255, unit: "characters" },
  // One index contains project and branch, and an index row of PostgreSQL has at most 2,704 bytes.
  path: { most: 1_024, unit: "bytes" },
  address: { most: 2_048, unit: "characters" },
  message: { most: 4_096, unit: "characters" },
} as const satisfies Record<string, TextLimit>;

/** The highest number of resources that an estimate can state: 100 times the resources that it can hold. */
export const MAX_STATED_COUNT = 10_000_000;

const AT_MOST = `At most ${MAX_STATED_COUNT.toLocaleString("en")}.`;

const TOTAL_IN_REST = {
  otherName: "totalCost",
  restDescription: "The total per month. The name total_monthly_cost is accepted too.",
} as const;

const SERVICE_TOTAL = {
  name: "ServiceCostInput",
  description: "The cost of one service, per month, as the estimator computed it. Stored as sent.",
  fields: {
    service: {
      kind: "text",
      limit: LIMITS.name,
      description: 'The service, for instance "EC2". Each at most once.',
    },
    totalMonthlyCost: { kind: "amount", description: "The total of the service.", ...TOTAL_IN_REST },
    resourceCount: { kind: "count", description: `The number of resources of the service. ${AT_MOST}` },
  },
} as const satisfies ObjectType;

const REGION_SERVICE_TOTAL = {
  name: "RegionServiceCostInput",
  description: "The cost of one service in one region, per month. Stored as sent.",
  fields: {
    service: {
      kind: "text",
      limit: LIMITS.name,
      description: 'The service, for instance "EC2". Each at most once in a region.',
    },
    totalMonthlyCost: {
      kind: "amount",
      description: "The total of the service in the region.",
      restDescription: "The cost of the service in this region.",
    },
    resourceCount: {
      kind: "count",
      optional: true,
      description: `The number of resources of the service in the region. Default: counted from byResource. ${AT_MOST}`,
    },
  },
} as const satisfies ObjectType;

const REGION_TOTAL = {
  name: "RegionCostInput",
  description: "The cost of one region, per month, as the estimator computed it. Stored as sent.",
  fields: {
    region: { kind: "text", limit: LIMITS.name, description: "The region. Each at most once." },
    totalMonthlyCost: { kind: "amount", description: "The total of the region.", ...TOTAL_IN_REST },
    resourceCount: { kind: "count", description: `The number of resources of the region. ${AT_MOST}` },
    services: {
      kind: "list",
      of: REGION_SERVICE_TOTAL,
      unique: "service",
      map: { key: "service", amount: "totalMonthlyCost" },
      optional: true,
      description: "The services in the region. Default: the sums of byResource.",
      restDescription: "A map from service to cost. Default: the sums of the resources.",
    },
  },
} as const satisfies ObjectType;

/** The cost of one resource. */
export const RESOURCE_COST = {
  name: "ResourceCostInput",
  description: "The cost of one resource, per month.",
  fields: {
    resourceId: {
      kind: "text",
      limit: LIMITS.address,
      description: "The Terraform address, at most 2,048 characters.",
    },
    resourceType: {
      kind: "text",
      limit: LIMITS.name,
      description: 'The Terraform type, for instance "aws_instance".',
    },
    service: { kind: "text", limit: LIMITS.name, description: 'The service, for instance "EC2".' },
    region: {
      kind: "text",
      limit: LIMITS.name,
      description: 'The region; "global" or "unknown" if the resource has no region.',
    },
    totalMonthlyCost: {
      kind: "amount",
      optional: true,
      description: "The cost; missing or null: the cost is unknown, not zero.",
    },
    computeCost: {
      kind: "amount",
      optional: true,
      default: "0",
      description: "The compute part of the cost.",
    },
    storageCost: {
      kind: "amount",
      optional: true,
      default: "0",
      description: "The storage part of the cost.",
    },
    networkCost: {
      kind: "amount",
      optional: true,
      default: "0",
      description: "The network part of the cost.",
    },
    otherCost: {
      kind: "amount",
      optional: true,
      default: "0",
      description: "The rest of the cost: neither compute, storage nor network.",
    },
    confidenceScore: {
      kind: "score",
      optional: true,
      description: "The confidence of the estimator, 0 to 1.",
    },
    costDrivers: {
      kind: "json",
      optional: true,
      description:
        "The cost drivers. Objects with a name in a list are the components of comparisons. Default: [].",
    },
    assumptions: { kind: "json", optional: true, description: "The assumptions. Default: []." },
    tags: { kind: "jsonObject", optional: true, description: "The tags of the resource. Default: {}." },
  },
  fileFields: {
    usageProfile: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description: "A profile that differs from the profile of the estimate is stored as a warning.",
    },
  },
} as const satisfies ObjectType;

const WARNING = {
  name: "EstimateWarningInput",
  description: "A warning of the estimator, or of the program that read its file.",
  fields: {
    code: {
      kind: "code",
      description: "The code of the warning, for programs: UPPER_SNAKE_CASE, at most 64 characters.",
    },
    message: { kind: "text", limit: LIMITS.message, description: "A sentence for people." },
  },
} as const satisfies ObjectType;

/** The result of an estimator. */
export const ESTIMATE = {
  name: "EstimateInput",
  description: "The estimated cost of one Terraform plan, per month, with at most 100,000 resources.",
  fields: {
    totalMonthlyCost: {
      kind: "amount",
      description: "The total as the estimator states it. Negative for a credit.",
    },
    currency: {
      kind: "currency",
      optional: true,
      default: ASSUMED_CURRENCY,
      description: "The currency of all amounts. Default: USD, with the warning CURRENCY_ASSUMED.",
    },
    profile: { kind: "profile", optional: true, description: "The usage assumptions." },
    confidenceScore: {
      kind: "score",
      optional: true,
      description: "The confidence of the estimator, 0 to 1.",
    },
    estimator: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description: 'The estimator, for instance "infracost 0.10.41".',
    },
    estimatedAt: {
      kind: "dateTime",
      optional: true,
      otherName: "timestamp",
      description: "The time of the estimate.",
    },
    isComplete: {
      kind: "boolean",
      optional: true,
      default: true,
      description:
        "false: the estimator reported an error, and the total is partial. An estimate with the warning PROJECT_ERROR is never complete.",
    },
    unsupportedResourceCount: {
      kind: "count",
      optional: true,
      description: `The number of resources that the estimator found but cannot price, and that are not in byResource. Default: not stated. ${AT_MOST}`,
    },
    byResource: {
      kind: "list",
      of: RESOURCE_COST,
      limit: { most: 100_000, noun: "resources" },
      description: "The cost of each resource.",
    },
    byService: {
      kind: "list",
      of: SERVICE_TOTAL,
      unique: "service",
      optional: true,
      description:
        "The cost of each service. Default: the sums of byResource, computed when the estimate is stored.",
      restDescription: "The cost of each service. Default: the sums of the resources.",
    },
    byRegion: {
      kind: "list",
      of: REGION_TOTAL,
      unique: "region",
      optional: true,
      description:
        "The cost of each region. Default: the sums of byResource, computed when the estimate is stored.",
      restDescription: "The cost of each region. Default: the sums of the resources.",
    },
    warnings: {
      kind: "list",
      of: WARNING,
      limit: { most: 1_000, noun: "warnings" },
      optional: true,
      description: "The warnings to store with the job, before the warnings of the service. At most 1,000.",
    },
  },
} as const satisfies ObjectType;

/** An estimate with its context. The only source of the types, GraphQL, REST, files and checks. */
export const NEW_ESTIMATE = {
  name: "StoreEstimateInput",
  description: "An estimate to store, and its origin.",
  fields: {
    estimate: { kind: "object", of: ESTIMATE, description: "The estimate." },
    idempotencyKey: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description:
        "The key for safe retries. The same key with the same input returns the stored job; with another input it fails with IDEMPOTENCY_CONFLICT. Without a key, each call stores a new job. For tokens that are bound to projects, each project has separate keys.",
      restDescription: "The same as the header Idempotency-Key. The header has priority.",
    },
    userId: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description:
        "The user who stores the estimate. For a token with a user, the default is that user, and another user is FORBIDDEN.",
    },
    project: {
      kind: "text",
      limit: LIMITS.path,
      optional: true,
      description:
        'The project. The separator is /: a backslash is stored as /, and empty parts and the part "." are removed. Project, branch, profile and currency identify the series of the job. For a token that is bound to projects, another or no project is FORBIDDEN.',
    },
    branch: {
      kind: "text",
      limit: LIMITS.path,
      optional: true,
      description: "The branch of the plan.",
    },
    commitSha: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description: "The commit of the plan.",
    },
    pullRequestUrl: {
      kind: "text",
      limit: LIMITS.address,
      optional: true,
      description:
        "The pull request of the plan. User, password and secret parameters of a URL are removed. The URL of a list of pull requests, without a number, is not stored.",
    },
    pullRequestTitle: {
      kind: "text",
      limit: LIMITS.message,
      optional: true,
      description: "The title of the pull request.",
    },
    targetBranch: {
      kind: "text",
      limit: LIMITS.path,
      optional: true,
      description: "The branch into which the pull request is to be merged.",
    },
    isDefaultBranch: {
      kind: "boolean",
      optional: true,
      description:
        "Whether the plan was made from the default branch of the repository. Default: true without a pull request, if the branch is main, master, trunk or not stated.",
    },
    commitUrl: {
      kind: "text",
      limit: LIMITS.address,
      format: "httpUrl",
      optional: true,
      description:
        "The page of the commit, an http or https URL. User, password and secret parameters are removed.",
    },
    committedAt: { kind: "dateTime", optional: true, description: "The time of the commit." },
    commitMessage: {
      kind: "text",
      limit: LIMITS.message,
      optional: true,
      description: "The message of the commit. Only the first line is stored.",
    },
    commitAuthor: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description: "The name of the author of the commit. An e-mail address is not stored.",
    },
    runId: {
      kind: "text",
      limit: LIMITS.path,
      optional: true,
      description:
        "The CI run. All jobs of one run have the same id, which contains the CI system and the repository. Clients must not parse it.",
    },
    runUrl: {
      kind: "text",
      limit: LIMITS.address,
      format: "httpUrl",
      optional: true,
      description:
        "The page of the CI run, an http or https URL. User, password and secret parameters are removed.",
    },
    terraformPlanHash: {
      kind: "text",
      limit: LIMITS.name,
      optional: true,
      description: "A hash of the plan. It does not identify the job.",
    },
    labels: { kind: "jsonObject", optional: true, description: "Other data to store with the job." },
  },
} as const satisfies ObjectType;

/** An estimate to store. Amounts are per month, in the estimate's currency. */
export type NewEstimate = Read<typeof NEW_ESTIMATE>;
export type Estimate = Read<typeof ESTIMATE>;
export type ResourceCost = Read<typeof RESOURCE_COST>;
export type RegionTotal = Read<typeof REGION_TOTAL>;
export type RegionServiceTotal = Read<typeof REGION_SERVICE_TOTAL>;
export type EstimateWarning = Read<typeof WARNING>;

/** The variable of the mutation storeEstimate. */
export type StoreEstimateInput = InJson<typeof NEW_ESTIMATE>;
export type EstimateInput = InJson<typeof ESTIMATE>;
export type ResourceCostInput = InJson<typeof RESOURCE_COST>;
export type EstimateWarningInput = InJson<typeof WARNING>;
