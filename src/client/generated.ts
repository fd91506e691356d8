/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The estimated cost of one Terraform plan, per month, with at most 100,000 resources. */
export type EstimateInput = {
  /** The cost of each region. Default: the sums of byResource, computed when the estimate is stored. */
  byRegion?: Array<RegionCostInput> | null | undefined;
  /** The cost of each resource. */
  byResource: Array<ResourceCostInput>;
  /** The cost of each service. Default: the sums of byResource, computed when the estimate is stored. */
  byService?: Array<ServiceCostInput> | null | undefined;
  /** The confidence of the estimator, 0 to 1. */
  confidenceScore?: number | null | undefined;
  /** The currency of all amounts. Default: USD, with the warning CURRENCY_ASSUMED. */
  currency?: string | null | undefined;
  /** The time of the estimate. */
  estimatedAt?: string | null | undefined;
  /** The estimator, for instance "infracost 0.10.41". */
  estimator?: string | null | undefined;
  /** false: the estimator reported an error, and the total is partial. An estimate with the warning PROJECT_ERROR is never complete. */
  isComplete?: boolean | null | undefined;
  /** The usage assumptions. */
  profile?: UsageProfile | null | undefined;
  /** The total as the estimator states it. Negative for a credit. */
  totalMonthlyCost: string;
  /** The number of resources that the estimator found but cannot price, and that are not in byResource. Default: not stated. At most 10,000,000. */
  unsupportedResourceCount?: number | null | undefined;
  /** The warnings to store with the job, before the warnings of the service. At most 1,000. */
  warnings?: Array<EstimateWarningInput> | null | undefined;
};

/** A warning of the estimator, or of the program that read its file. */
export type EstimateWarningInput = {
  /** The code of the warning, for programs: UPPER_SNAKE_CASE, at most 64 characters. */
  code: string;
  /** A sentence for people. */
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

/** The cost of one region, per month, as the estimator computed it. Stored as sent. */
export type RegionCostInput = {
  /** The region. Each at most once. */
  region: string;
  /** The number of resources of the region. At most 10,000,000. */
  resourceCount: number;
  /** The services in the region. Default: the sums of byResource. */
  services?: Array<RegionServiceCostInput> | null | undefined;
  /** The total of the region. */
  totalMonthlyCost: string;
};

/** The cost of one service in one region, per month. Stored as sent. */
export type RegionServiceCostInput = {
  /** The number of resources of the service in the region. Default: counted from byResource. At most 10,000,000. */
  resourceCount?: number | null | undefined;
  /** The service, for instance "EC2". Each at most once in a region. */
  service: string;
  /** The total of the service in the region. */
  totalMonthlyCost: string;
};

/** The cost of one resource, per month. */
export type ResourceCostInput = {
  /** The assumptions. Default: []. */
  assumptions?: unknown;
  /** The compute part of the cost. */
  computeCost?: string | null | undefined;
  /** The confidence of the estimator, 0 to 1. */
  confidenceScore?: number | null | undefined;
  /** The cost drivers. Objects with a name in a list are the components of comparisons. Default: []. */
  costDrivers?: unknown;
  /** The network part of the cost. */
  networkCost?: string | null | undefined;
  /** The rest of the cost: neither compute, storage nor network. */
  otherCost?: string | null | undefined;
  /** The region; "global" or "unknown" if the resource has no region. */
  region: string;
  /** The Terraform address, at most 2,048 characters. */
  resourceId: string;
  /** The Terraform type, for instance "aws_instance". */
  resourceType: string;
  /** The service, for instance "EC2". */
  service: string;
  /** The storage part of the cost. */
  storageCost?: string | null | undefined;
  /** The tags of the resource. Default: {}. */
  tags?: Record<string, unknown> | null | undefined;
  /** The cost; missing or null: the cost is unknown, not zero. */
  totalMonthlyCost?: string | null | undefined;
};

/** The cost of one service, per month, as the estimator computed it. Stored as sent. */
export type ServiceCostInput = {
  /** The number of resources of the service. At most 10,000,000. */
  resourceCount: number;
  /** The service, for instance "EC2". Each at most once. */
  service: string;
  /** The total of the service. */
  totalMonthlyCost: string;
};

/** An estimate to store, and its origin. */
export type StoreEstimateInput = {
  /** The branch of the plan. */
  branch?: string | null | undefined;
  /** The name of the author of the commit. An e-mail address is not stored. */
  commitAuthor?: string | null | undefined;
  /** The message of the commit. Only the first line is stored. */
  commitMessage?: string | null | undefined;
  /** The commit of the plan. */
  commitSha?: string | null | undefined;
  /** The page of the commit, an http or https URL. User, password and secret parameters are removed. */
  commitUrl?: string | null | undefined;
  /** The time of the commit. */
  committedAt?: string | null | undefined;
  /** The estimate. */
  estimate: EstimateInput;
  /** The key for safe retries. The same key with the same input returns the stored job; with another input it fails with IDEMPOTENCY_CONFLICT. Without a key, each call stores a new job. For tokens that are bound to projects, each project has separate keys. */
  idempotencyKey?: string | null | undefined;
  /** Whether the plan was made from the default branch of the repository. Default: true without a pull request, if the branch is main, master, trunk or not stated. */
  isDefaultBranch?: boolean | null | undefined;
  /** Other data to store with the job. */
  labels?: Record<string, unknown> | null | undefined;
  /** The project. The separator is /: a backslash is stored as /, and empty parts and the part "." are removed. Project, branch, profile and currency identify the series of the job. For a token that is bound to projects, another or no project is FORBIDDEN. */
  project?: string | null | undefined;
  /** The title of the pull request. */
  pullRequestTitle?: string | null | undefined;
  /** The pull request of the plan. User, password and secret parameters of a URL are removed. The URL of a list of pull requests, without a number, is not stored. */
  pullRequestUrl?: string | null | undefined;
  /** The CI run. All jobs of one run have the same id, which contains the CI system and the repository. Clients must not parse it. */
  runId?: string | null | undefined;
  /** The page of the CI run, an http or https URL. User, password and secret parameters are removed. */
  runUrl?: string | null | undefined;
  /** The branch into which the pull request is to be merged. */
  targetBranch?: string | null | undefined;
  /** A hash of the plan. It does not identify the job. */
  terraformPlanHash?: string | null | undefined;
  /** The user who stores the estimate. For a token with a user, the default is that user, and another user is FORBIDDEN. */
  userId?: string | null | undefined;
};

/** The usage assumptions of an estimate. */
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


export type StoreEstimateMutation = { storeEstimate: { created: boolean, job: { id: string, createdAt: string, project: string | null, branch: string | null, currency: string, totalMonthlyCost: string, resourceCount: number, unpricedResourceCount: number, unsupportedResourceCount: number | null, isComplete: boolean, warnings: Array<{ code: string, message: string }> } } };

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
      unsupportedResourceCount
      isComplete
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