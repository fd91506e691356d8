/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** The kind of an anomaly, by the jobs that follow it. Jobs that are stored later can change it. */
export type AnomalyReason =
  /** All following jobs, up to four, stay at the new level; or no job follows, and the history is flat. */
  | 'LEVEL_SHIFT'
  /** Neither: the following jobs disagree, or no job follows, and the history varies. */
  | 'OUTLIER'
  /** The next job is within the bounds again. */
  | 'SPIKE';

/** The direction of the deviation of a total. */
export type ChangeDirection =
  /** The total is lower than expected. */
  | 'DECREASE'
  /** The total is higher than expected. */
  | 'INCREASE';

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

/** The usage assumptions of an estimate. */
export type UsageProfile =
  /** Usage of a development environment. */
  | 'DEV'
  /** Usage of production. */
  | 'PROD'
  /** Usage of a staging environment. */
  | 'STAGING';

export type AnomaliesQueryVariables = Exact<{
  filter?: JobFilter | null | undefined;
  sensitivity?: number | null | undefined;
  first: number;
}>;


export type AnomaliesQuery = { costAnomalies: Array<{ expected: string, lowerBound: string, upperBound: string, score: number | null, direction: ChangeDirection, reason: string, reasonCode: AnomalyReason, job: { id: string, project: string | null, branch: string | null, effectiveAt: string, totalMonthlyCost: string, currency: string, previous: { id: string } | null }, drivers: Array<{ key: string, delta: string }> }> };


export const AnomaliesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Anomalies"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"JobFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"sensitivity"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Float"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"costAnomalies"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"sensitivity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"sensitivity"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"expected"}},{"kind":"Field","name":{"kind":"Name","value":"lowerBound"}},{"kind":"Field","name":{"kind":"Name","value":"upperBound"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"direction"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"reasonCode"}},{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"project"}},{"kind":"Field","name":{"kind":"Name","value":"branch"}},{"kind":"Field","name":{"kind":"Name","value":"effectiveAt"}},{"kind":"Field","name":{"kind":"Name","value":"totalMonthlyCost"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"previous"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"drivers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"delta"}}]}}]}}]}}]} as unknown as DocumentNode<AnomaliesQuery, AnomaliesQueryVariables>;