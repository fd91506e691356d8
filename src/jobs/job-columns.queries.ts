import { type Sql, sql } from "../database/sql.ts";
import type { TextRow } from "../database/text-rows.ts";
import type { Job } from "./job.types.ts";
import type { JobSelection } from "./job-selection.ts";

const columns: Readonly<Record<keyof Job, string>> = {
  id: "id",
  createdAt: "created_at",
  estimatedAt: "estimated_at",
  userId: "user_id",
  project: "project",
  branch: "branch",
  commitSha: "commit_sha",
  pullRequestUrl: "pull_request_url",
  profile: "profile",
  estimator: "estimator",
  terraformPlanHash: "terraform_plan_hash",
  schemaVersion: "schema_version",
  currency: "currency",
  totalMonthlyCost: "total_monthly_cost",
  confidenceScore: "confidence_score",
  resourceCount: "resource_count",
  unpricedResourceCount: "unpriced_resource_count",
  labels: "labels",
  warnings: "warnings",
};

/** What cursors, pages and the fields around a job are made of; there whatever is asked for. */
const ALWAYS: ReadonlySet<string> = new Set([
  "id",
  "createdAt",
  "currency",
  "totalMonthlyCost",
  "resourceCount",
]);

/** The columns of `jobs`, under the names of the Job type. */
export const jobColumns = selectList(Object.entries(columns));

/** A job as a statement with `selectedColumns` finds it: with the fields and the parts that are asked for. */
export type SelectedJob = Job & { readonly parts: readonly (readonly TextRow[])[] };

/** All columns and no parts: for who is to have a whole job. */
export const WHOLE_JOB: JobSelection = { fields: new Set(Object.keys(columns)), parts: [] };

/** Those of the columns that are asked for, those that are always needed, and the parts, in their order. */
export function selectedColumns({ fields, parts }: JobSelection): Sql<SelectedJob> {
  const chosen = selectList(Object.entries(columns).filter(([name]) => ALWAYS.has(name) || fields.has(name)));
  return sql`${chosen}, json_build_array(${sql.join(parts.map((part) => part.sql))}) as parts`;
}

function selectList(chosen: readonly (readonly [name: string, column: string])[]): Sql<Job> {
  return sql.raw(chosen.map(([name, column]) => `jobs.${column} as "${name}"`).join(", "));
}
