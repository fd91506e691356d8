/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What an estimator says one Terraform plan will cost, per month. At most 100,000 resources. */
export type EstimateInput = {
  /** What each region costs. Left out: added up from byResource when the estimate is stored. */
  byRegion?: Array<RegionCostInput> | null | undefined;
  /** What each resource costs. */
  byResource: Array<ResourceCostInput>;
  /** What each service costs. Left out: added up from byResource when the estimate is stored. */
  byService?: Array<ServiceCostInput> | null | undefined;
  /** The estimator's confidence, 0 to 1. */
  confidenceScore?: number | null | undefined;
  /** The currency of every amount. Left out: taken to be USD, with the warning CURRENCY_ASSUMED. */
  currency?: string | null | undefined;
  /** When the estimate was made. */
  estimatedAt?: string | null | undefined;
  /** What made the estimate, for instance "infracost 0.10.41". */
  estimator?: string | null | undefined;
  /** false: the estimator reported an error, and the total is partial. An estimate with the warning PROJECT_ERROR is never complete. */
  isComplete?: boolean | null | undefined;
  /** The usage assumptions. */
  profile?: UsageProfile | null | undefined;
  /** The total as the estimator states it. Negative for a credit. */
  totalMonthlyCost: string;
  /** The number of resources that the estimator found but cannot price, and that are not in byResource. Default: not stated. */
  unsupportedResourceCount?: number | null | undefined;
  /** Kept with the job, before the warnings that storing it may add. At most 1,000. */
  warnings?: Array<EstimateWarningInput> | null | undefined;
};

/** What the estimator, or who read its file, wants to have known about the estimate. */
export type EstimateWarningInput = {
  /** For programs: UPPER_SNAKE_CASE, at most 64 characters. */
  code: string;
  /** For people: a sentence. */
  message: string;
};

/** The job to exclude, and the reason. */
export type ExcludeJobInput = {
  /** The id of the job. */
  jobId: string | number;
  /** The reason, at most 1,000 characters. */
  reason: string;
};

/** The job whose exclusion ends. */
export type IncludeJobInput = {
  /** The id of the job. */
  jobId: string | number;
  /** The reason for the record, at most 1,000 characters. Default: none. */
  reason?: string | null | undefined;
};

/** What one region costs, per month, as the estimator adds it up. Stored as sent. */
export type RegionCostInput = {
  /** The region. Each at most once. */
  region: string;
  /** How many resources the region has. */
  resourceCount: number;
  /** The services in the region. Left out: added up from byResource. */
  services?: Array<RegionServiceCostInput> | null | undefined;
  /** The region's total. */
  totalMonthlyCost: string;
};

/** What one service costs in one region, per month. Stored as sent. */
export type RegionServiceCostInput = {
  /** How many resources the service has in the region. Left out: counted from byResource. */
  resourceCount?: number | null | undefined;
  /** The service, for instance "EC2". Each at most once in a region. */
  service: string;
  /** The service's total in the region. */
  totalMonthlyCost: string;
};

/** What one resource costs, per month. */
export type ResourceCostInput = {
  /** What was assumed. Left out: []. */
  assumptions?: unknown;
  /** The part that is compute. */
  computeCost?: string | null | undefined;
  /** The estimator's confidence, 0 to 1. */
  confidenceScore?: number | null | undefined;
  /** What the cost is made of. Left out: []. */
  costDrivers?: unknown;
  /** The part that is network. */
  networkCost?: string | null | undefined;
  /** The part that is none of the three. */
  otherCost?: string | null | undefined;
  /** The region; "global" or "unknown" when it has none. */
  region: string;
  /** The Terraform address, at most 2,048 characters. */
  resourceId: string;
  /** The Terraform type, for instance "aws_instance". */
  resourceType: string;
  /** The service, for instance "EC2". */
  service: string;
  /** The part that is storage. */
  storageCost?: string | null | undefined;
  /** The resource's tags. Left out: {}. */
  tags?: Record<string, unknown> | null | undefined;
  /** Left out or null: unknown, which is not zero. */
  totalMonthlyCost?: string | null | undefined;
};

/** What one service costs, per month, as the estimator adds it up. Stored as sent. */
export type ServiceCostInput = {
  /** How many resources the service has. */
  resourceCount: number;
  /** The service, for instance "EC2". Each at most once. */
  service: string;
  /** The service's total. */
  totalMonthlyCost: string;
};

/** An estimate to store, and where it comes from. */
export type StoreEstimateInput = {
  /** The branch that the plan was made from. */
  branch?: string | null | undefined;
  /** The name of the author of the commit. */
  commitAuthor?: string | null | undefined;
  /** The message of the commit. Only the first line is stored. */
  commitMessage?: string | null | undefined;
  /** The commit that the plan was made from. */
  commitSha?: string | null | undefined;
  /** The page of the commit, an http or https URL. */
  commitUrl?: string | null | undefined;
  /** The time of the commit. */
  committedAt?: string | null | undefined;
  /** The estimate. */
  estimate: EstimateInput;
  /** Makes a retry safe: the same key with the same input answers the job that is already stored, with another input it fails with IDEMPOTENCY_CONFLICT. Without a key every call stores a new job. Tokens that are bound to projects have keys of their own in each project. */
  idempotencyKey?: string | null | undefined;
  /** Whether the plan was made from the default branch of the repository. Default: true without a pull request, if the branch is main, master, trunk or not stated. */
  isDefaultBranch?: boolean | null | undefined;
  /** Anything else to keep with the job. */
  labels?: Record<string, unknown> | null | undefined;
  /** With branch, profile and currency the series that the job belongs to. With a token that is bound to projects it must be one of these, or the estimate is FORBIDDEN. */
  project?: string | null | undefined;
  /** The title of the pull request. */
  pullRequestTitle?: string | null | undefined;
  /** The pull request that the plan belongs to. */
  pullRequestUrl?: string | null | undefined;
  /** The CI run. All jobs of one run have the same id, which contains the CI system and the repository. Clients must not parse it. */
  runId?: string | null | undefined;
  /** The page of the CI run, an http or https URL. */
  runUrl?: string | null | undefined;
  /** The branch into which the pull request is to be merged. */
  targetBranch?: string | null | undefined;
  /** A hash of the plan. Not an identity of the job. */
  terraformPlanHash?: string | null | undefined;
  /** Who stores it. With a token that names a user it is that user: left out, it is filled in; another is FORBIDDEN. */
  userId?: string | null | undefined;
};

/** Under which usage assumptions an estimate was made. */
export type UsageProfile =
  /** Usage of a development environment. */
  | 'DEV'
  /** Usage of production. */
  | 'PROD'
  /** Usage of a staging environment. */
  | 'STAGING';

export type StoreEstimateMutationVariables = Exact<{
  input: StoreEstimateInput;
}>;


export type StoreEstimateMutation = { storeEstimate: { created: boolean, job: { id: string, createdAt: string, project: string | null, branch: string | null, currency: string, totalMonthlyCost: string, resourceCount: number, unpricedResourceCount: number, warnings: Array<{ code: string, message: string }> } } };

export type ExcludeJobMutationVariables = Exact<{
  input: ExcludeJobInput;
}>;


export type ExcludeJobMutation = { excludeJob: { job: { id: string, project: string | null, branch: string | null, exclusion: { reason: string } | null } } };

export type IncludeJobMutationVariables = Exact<{
  input: IncludeJobInput;
}>;


export type IncludeJobMutation = { includeJob: { job: { id: string, project: string | null, branch: string | null } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const StoreEstimateDocument = new TypedDocumentString(`
    mutation StoreEstimate($input: StoreEstimateInput!) {
  storeEstimate(input: $input) {
    created
    job {
      id
      createdAt
      project
      branch
      currency
      totalMonthlyCost
      resourceCount
      unpricedResourceCount
      warnings {
        code
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StoreEstimateMutation, StoreEstimateMutationVariables>;
export const ExcludeJobDocument = new TypedDocumentString(`
    mutation ExcludeJob($input: ExcludeJobInput!) {
  excludeJob(input: $input) {
    job {
      id
      project
      branch
      exclusion {
        reason
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExcludeJobMutation, ExcludeJobMutationVariables>;
export const IncludeJobDocument = new TypedDocumentString(`
    mutation IncludeJob($input: IncludeJobInput!) {
  includeJob(input: $input) {
    job {
      id
      project
      branch
    }
  }
}
    `) as unknown as TypedDocumentString<IncludeJobMutation, IncludeJobMutationVariables>;