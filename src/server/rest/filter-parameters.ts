import * as z from "zod";
import { MAX_AGE_DAYS } from "../../jobs/current-jobs.sql.ts";
import type { JobFilter, KeyValueInput } from "../../jobs/job-filter.graphql.ts";
import { PROFILE_NAMES, PROFILES_BY_NAME } from "../../jobs/usage-profile.ts";
import { DATE_TIME_RULE, parseDateTime } from "../../lib/date-time.ts";
import { pathText, type Spelling } from "../../lib/errors.ts";
import { CURRENCY_RULE, DECIMAL_RULE, isCurrency, parseDecimal } from "../../lib/money.ts";
import { snakeCase } from "../../lib/text.ts";
import { wholeNumber } from "./route.ts";

/** A text; left out: no condition. */
export function text(description: string) {
  return z.string().optional().meta({ description });
}

/** true or false. */
export function flag(description: string) {
  return z
    .enum(["true", "false"], "must be true or false")
    .transform((value) => value === "true")
    .optional()
    .meta({ description, type: "boolean", enum: undefined });
}

/** A date and time. */
export function moment(description: string) {
  return parsed(parseDateTime, DATE_TIME_RULE).meta({ description, format: "date-time" });
}

/** The moment of current jobs. */
export const asOf = moment("The moment. Default: now. The past is answered as it is known now.");

/** The maximum age of current jobs. */
export const maxAgeDays = wholeNumber(
  "The maximum age of a current job, in days of 24 hours. Default: no limit.",
  MAX_AGE_DAYS,
);

/** One value of an enum, in small letters; the value of GraphQL in capitals. */
export function choice<Value extends string>(values: Readonly<Record<Value, unknown>>, description: string) {
  const byName = namesOf(values);
  const rule = `must be one of: ${[...byName.keys()].join(", ")}`;
  return parsed((name) => byName.get(name), rule).meta({ description, enum: [...byName.keys()] });
}

/** Values of an enum, in small letters. The parameter can be given several times. */
export function choices<Value extends string>(values: Readonly<Record<Value, unknown>>, description: string) {
  const byName = namesOf(values);
  const rule = `must be of these: ${[...byName.keys()].join(", ")}`;
  const find = (names: readonly string[]) => {
    const found = names.flatMap((name) => byName.get(name) ?? []);
    return found.length === names.length ? found : undefined;
  };
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given, context) => find([given].flat()) ?? refuse(context, rule))
    .optional()
    .meta({ ...listOf({ type: "string", enum: [...byName.keys()] }), description });
}

/** Texts. The parameter can be given several times. */
function texts(description: string) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat())
    .optional()
    .meta({ ...listOf({ type: "string" }), description });
}

function listOf(items: object) {
  return { type: "array", items, anyOf: undefined };
}

function namesOf<Value extends string>(values: Readonly<Record<Value, unknown>>): Map<string, Value> {
  // The keys of an enum are its values.
  return new Map((Object.keys(values) as Value[]).map((value) => [value.toLowerCase(), value]));
}

function parsed<Value>(parse: (text: string) => Value | undefined, rule: string) {
  return z
    .string()
    .transform((given, context) => parse(given) ?? refuse(context, rule))
    .optional();
}

function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.issues.push({ code: "custom", message, input: context.value });
  return z.NEVER;
}

/** The parameters of a filter of jobs, with the names of the fields of a job. */
export const FILTER_PARAMETERS = {
  user_id: text("Only jobs that this user stored."),
  project: text("Only jobs of this project."),
  projects: texts(
    "Only jobs of one of these projects, at most 1,000. The parameter is given once for each project.",
  ),
  project_prefix: text("Only jobs of a project whose name begins with this text, such as acme/shop/."),
  branch: text("Only jobs of this branch."),
  profile: z
    .enum(PROFILE_NAMES, "must be dev, staging or prod")
    .optional()
    .meta({ description: "Only jobs with these usage assumptions." }),
  currency: parsed((code) => (isCurrency(code) ? code : undefined), CURRENCY_RULE).meta({
    description: "Only jobs in this currency, an ISO 4217 code.",
  }),
  commit_sha: text("Only jobs of this commit."),
  pull_request_url: text("Only jobs of this pull request."),
  run_id: text("Only jobs of this CI run."),
  terraform_plan_hash: text("Only jobs of the plan with this hash."),
  label: texts(
    "Only jobs with this label: KEY=VALUE, or KEY for any value. The parameter is given once for each label, at most 50 times.",
  ),
  created_from: moment("Only jobs that were stored at or after this time."),
  created_before: moment("Only jobs that were stored before this time."),
  effective_from: moment("Only jobs whose time in reports is this time or later."),
  effective_before: moment("Only jobs whose time in reports is before this time."),
  min_total_monthly_cost: parsed(parseDecimal, DECIMAL_RULE).meta({
    description: "Only jobs with at least this total, per month.",
  }),
  max_total_monthly_cost: parsed(parseDecimal, DECIMAL_RULE).meta({
    description: "Only jobs with at most this total, per month.",
  }),
  is_complete: flag("true: only complete jobs; false: only incomplete jobs."),
  is_default_branch: flag("true: only jobs on the default branch; false: only other jobs."),
  is_excluded: flag("true: only excluded jobs; false: only other jobs."),
};

const FilterParameters = z.object(FILTER_PARAMETERS);

/** The filter of these parameters. */
export function filterOf(query: z.output<typeof FilterParameters>): Required<JobFilter> {
  return {
    userId: query.user_id ?? null,
    project: query.project ?? null,
    projects: query.projects ?? null,
    projectPrefix: query.project_prefix ?? null,
    branch: query.branch ?? null,
    profile: query.profile === undefined ? null : PROFILES_BY_NAME[query.profile],
    currency: query.currency ?? null,
    commitSha: query.commit_sha ?? null,
    pullRequestUrl: query.pull_request_url ?? null,
    runId: query.run_id ?? null,
    terraformPlanHash: query.terraform_plan_hash ?? null,
    labels: query.label?.map(labelOf) ?? null,
    createdFrom: query.created_from ?? null,
    createdBefore: query.created_before ?? null,
    effectiveFrom: query.effective_from ?? null,
    effectiveBefore: query.effective_before ?? null,
    minTotalMonthlyCost: query.min_total_monthly_cost ?? null,
    maxTotalMonthlyCost: query.max_total_monthly_cost ?? null,
    isComplete: query.is_complete ?? null,
    isDefaultBranch: query.is_default_branch ?? null,
    isExcluded: query.is_excluded ?? null,
  };
}

function labelOf(pair: string): KeyValueInput {
  const end = pair.indexOf("=");
  return end === -1 ? { key: pair } : { key: pair.slice(0, end), value: pair.slice(end + 1) };
}

/**
 * A spelling with the names of parameters: those of a filter, those given, and for another argument its name in small
 * letters.
 * @param names parameters by the paths of GraphQL's arguments.
 */
export function filterSpelling(names: Readonly<Record<string, string>> = {}): Spelling {
  return (path) => {
    const name = names[pathText(path)];
    if (name !== undefined) return [name];
    const [first, field, ...rest] = path;
    if (first === "filter" && typeof field === "string") {
      return [field === "labels" ? "label" : snakeCase(field), ...rest];
    }
    return typeof first === "string" ? [snakeCase(first), ...path.slice(1)] : path;
  };
}
