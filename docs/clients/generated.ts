/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** The conditions on jobs. A job matches if it meets all conditions; null is no condition. */
export type JobFilter = {
  /** Only jobs of this branch. */
  branch?: string | null | undefined;
  /** Only jobs of this commit. */
  commitSha?: string | null | undefined;
  /** Only jobs that were stored before this time. */
  createdBefore?: string | null | undefined;
  /** Only jobs that were stored at or after this time. */
  createdFrom?: string | null | undefined;
  /** Only jobs in this currency. */
  currency?: string | null | undefined;
  /** Only jobs with an `effectiveAt` before this time. */
  effectiveBefore?: string | null | undefined;
  /** Only jobs with an `effectiveAt` at or after this time. */
  effectiveFrom?: string | null | undefined;
  /** true: only complete jobs; false: only incomplete jobs. See `Job.isComplete`. */
  isComplete?: boolean | null | undefined;
  /** true: only jobs on the default branch; false: only other jobs. See `Job.isDefaultBranch`. */
  isDefaultBranch?: boolean | null | undefined;
  /** true: only excluded jobs; false: only jobs that are not excluded. */
  isExcluded?: boolean | null | undefined;
  /** Only jobs with all of these labels, at most 50. */
  labels?: Array<KeyValueInput> | null | undefined;
  /** Only jobs with at most this total, per month. */
  maxTotalMonthlyCost?: string | null | undefined;
  /** Only jobs with at least this total, per month. */
  minTotalMonthlyCost?: string | null | undefined;
  /** Only jobs with these usage assumptions. */
  profile?: UsageProfile | null | undefined;
  /** Only jobs of this project. */
  project?: string | null | undefined;
  /** Only jobs of a project whose name begins with this text: "acme/shop/" matches all projects below acme/shop. Case matters; % and _ are ordinary characters. */
  projectPrefix?: string | null | undefined;
  /** Only jobs of one of these projects, at most 1,000. An empty list matches no job. */
  projects?: Array<string> | null | undefined;
  /** Only jobs of this pull request. */
  pullRequestUrl?: string | null | undefined;
  /** Only jobs of this CI run. */
  runId?: string | null | undefined;
  /** Only jobs of the plan with this hash. */
  terraformPlanHash?: string | null | undefined;
  /** Only jobs that this user stored. */
  userId?: string | null | undefined;
};

/** A label of a job or a tag of a resource: its key, and its value if given. */
export type KeyValueInput = {
  /** The key. Case matters. */
  key: string;
  /** The value; null or left out: any value. A value that is not a string is compared as its JSON text: "1" is the string "1" and the number 1, "null" is the string "null" and null. White space and the order of keys in an object do not matter. */
  value?: string | null | undefined;
};

/** One side of a comparison of portfolios: the current jobs of a filter at a moment. The current job of a project, usage profile and currency is the newest matching job that is complete and not excluded, on the default branch unless the filter has `branch`, `isDefaultBranch`, `commitSha`, `pullRequestUrl` or `runId`. Conditions on labels and amounts apply to the current jobs. */
export type PortfolioInput = {
  /** The moment. Jobs with a later `effectiveAt` do not count. Default: now. */
  asOf?: string | null | undefined;
  /** The conditions on the jobs. Default: all jobs. */
  filter?: JobFilter | null | undefined;
  /** The age in days of 24 hours at which a job does not count any more, from 1 to 36,500. Default: no limit. */
  maxAgeDays?: number | null | undefined;
};

/** The conditions on projects. A project matches if it meets all conditions; null is no condition. */
export type ProjectFilter = {
  /** Only projects with a job whose `effectiveAt` is at or after this time. */
  activeSince?: string | null | undefined;
  /** Only projects with a current job that has all of these labels, at most 50. */
  labels?: Array<KeyValueInput> | null | undefined;
  /** Only projects whose name begins with this text. Case matters; % and _ are ordinary characters. */
  prefix?: string | null | undefined;
  /** Only projects with this text anywhere in the name. Case does not matter; % and _ are ordinary characters. */
  search?: string | null | undefined;
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

export type JobsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: JobFilter | null | undefined;
}>;


export type JobsQuery = { jobs: { edges: Array<{ node: { id: string, project: string | null, createdAt: string, currency: string, totalMonthlyCost: string, labels: Record<string, unknown> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type JobQueryVariables = Exact<{
  id: string | number;
  first: number;
  after?: string | null | undefined;
}>;


export type JobQuery = { job: { id: string, totalMonthlyCost: string, resources: { edges: Array<{ node: { id: string, resourceId: string, totalMonthlyCost: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type JobTotalQueryVariables = Exact<{
  id: string | number;
}>;


export type JobTotalQuery = { job: { id: string, currency: string, totalMonthlyCost: string } | null };

export type ProjectsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: ProjectFilter | null | undefined;
}>;


export type ProjectsQuery = { projects: { edges: Array<{ node: { id: string, name: string, totals: Array<{ currency: string, totalMonthlyCost: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PairsQueryVariables = Exact<{
  base?: PortfolioInput | null | undefined;
  target: PortfolioInput;
  first: number;
  after?: string | null | undefined;
}>;


export type PairsQuery = { comparePortfolios: { totals: Array<{ currency: string, delta: string }>, pairs: { edges: Array<{ node: { project: string, profile: UsageProfile | null, currency: string, delta: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } };

export type StoreEstimateMutationVariables = Exact<{
  input: StoreEstimateInput;
}>;


export type StoreEstimateMutation = { storeEstimate: { created: boolean, job: { id: string, totalMonthlyCost: string } } };


export const JobsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Jobs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JobFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"jobs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"project"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}},{"kind":"Field","name":{"kind":"Name","value":"labels"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<JobsQuery, JobsQueryVariables>;
export const JobDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Job"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}},{"kind":"Field","name":{"kind":"Name","value":"resources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"resourceId"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<JobQuery, JobQueryVariables>;
export const JobTotalDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"JobTotal"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}}]}}]}}]} as unknown as DocumentNode<JobTotalQuery, JobTotalQueryVariables>;
export const ProjectsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Projects"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProjectFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"projects"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"totals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ProjectsQuery, ProjectsQueryVariables>;
export const PairsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Pairs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"base"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"PortfolioInput"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"target"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PortfolioInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparePortfolios"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"base"},"value":{"kind":"Variable","name":{"kind":"Name","value":"base"}}},{"kind":"Argument","name":{"kind":"Name","value":"target"},"value":{"kind":"Variable","name":{"kind":"Name","value":"target"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pairs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"project"}},{"kind":"Field","name":{"kind":"Name","value":"profile"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PairsQuery, PairsQueryVariables>;
export const StoreEstimateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"StoreEstimate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"StoreEstimateInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"storeEstimate"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"created"}},{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}}]}}]}}]}}]} as unknown as DocumentNode<StoreEstimateMutation, StoreEstimateMutationVariables>;