import { andAll, ifDefined, type Sql, sql } from "../database/sql.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { parseUntrustedJson } from "../lib/json.ts";
import { jsonProblem } from "../lib/storable-json.ts";
import { isStorable, TEXT_RULE } from "../lib/text.ts";
import type { JobFilter, KeyValueInput } from "./job-filter.graphql.ts";
import { isExcluded } from "./series.sql.ts";

/** The most projects of a filter. */
export const MAX_PROJECTS = 1_000;
/** The most labels or tags of a filter. */
const MAX_KEYS = 50;

/**
 * The filter as a condition on `jobs` for a WHERE clause. The form of each condition is that of its index: PostgreSQL
 * uses a partial index for the value of a boolean only if the value is in the text of the statement.
 * @throws BadUserInput for too many projects or labels, or text that PostgreSQL cannot store.
 */
export function jobCondition(filter: JobFilter): Sql<boolean> {
  const problems = filterProblems(filter);
  if (problems.length > 0) throw new BadUserInput(problems);
  const { userId, project, branch, profile, terraformPlanHash, currency } = filter;
  const { createdFrom, createdBefore, minTotalMonthlyCost, maxTotalMonthlyCost } = filter;
  const { effectiveFrom, effectiveBefore, commitSha, pullRequestUrl, runId } = filter;
  const { projects, projectPrefix, labels, isComplete, isDefaultBranch } = filter;
  return andAll([
    ifDefined(userId, () => sql`jobs.user_id = ${userId}`),
    ifDefined(project, () => sql`jobs.project = ${project}`),
    ifDefined(projects, () => sql`jobs.project = any(${projects}::text[])`),
    ifDefined(projectPrefix, () => beginsWith(sql`jobs.project`, projectPrefix ?? "")),
    ifDefined(branch, () => sql`jobs.branch = ${branch}`),
    ifDefined(profile, () => sql`jobs.profile = ${profile}`),
    ifDefined(terraformPlanHash, () => sql`jobs.terraform_plan_hash = ${terraformPlanHash}`),
    ifDefined(commitSha, () => sql`jobs.commit_sha = ${commitSha}`),
    ifDefined(pullRequestUrl, () => sql`jobs.pull_request_url = ${pullRequestUrl}`),
    ifDefined(runId, () => sql`jobs.run_id = ${runId}`),
    ifDefined(currency, () => sql`jobs.currency = ${currency}`),
    ifDefined(createdFrom, () => sql`jobs.created_at >= ${createdFrom}`),
    ifDefined(createdBefore, () => sql`jobs.created_at < ${createdBefore}`),
    ifDefined(effectiveFrom, () => sql`jobs.effective_at >= ${effectiveFrom}`),
    ifDefined(effectiveBefore, () => sql`jobs.effective_at < ${effectiveBefore}`),
    ifDefined(minTotalMonthlyCost, () => sql`jobs.total_monthly_cost >= ${minTotalMonthlyCost}::numeric`),
    ifDefined(maxTotalMonthlyCost, () => sql`jobs.total_monthly_cost <= ${maxTotalMonthlyCost}::numeric`),
    ifDefined(isComplete, () => isOrIsNot(isComplete, sql`jobs.is_complete`)),
    ifDefined(isDefaultBranch, () => isOrIsNot(isDefaultBranch, sql`jobs.is_default_branch`)),
    ifDefined(filter.isExcluded, () => isOrIsNot(filter.isExcluded, isExcluded("jobs"))),
    ...(labels ?? []).map((label) => hasKeyValue(sql`jobs.labels`, label)),
  ]);
}

function isOrIsNot(value: boolean | null | undefined, condition: Sql<boolean>): Sql<boolean> {
  return value ? condition : sql`not ${condition}`;
}

/** The problems of a filter that its types do not exclude. */
export function filterProblems({ projects, labels, ...others }: JobFilter): InputProblem[] {
  return [
    ...Object.entries(others).flatMap(([name, value]) => textProblems(value, "filter", name)),
    ...listProblems(projects, MAX_PROJECTS, "projects", (project, i) =>
      textProblems(project, "filter", "projects", i),
    ),
    ...keyValueProblems("labels", labels),
  ];
}

/** The problems of labels or tags in a filter that their types do not exclude. */
export function keyValueProblems(
  name: "labels" | "tags",
  pairs: readonly KeyValueInput[] | null | undefined,
): InputProblem[] {
  return listProblems(pairs, MAX_KEYS, name, (pair, i) =>
    Object.entries(pair).flatMap(([field, text]) => textProblems(text, "filter", name, i, field)),
  );
}

function textProblems(value: unknown, ...path: PropertyKey[]): InputProblem[] {
  return typeof value === "string" && !isStorable(value) ? [{ path, rule: TEXT_RULE }] : [];
}

function listProblems<Item>(
  list: readonly Item[] | null | undefined,
  most: number,
  name: "projects" | "labels" | "tags",
  problemsOf: (item: Item, index: number) => InputProblem[],
): InputProblem[] {
  if (list === null || list === undefined) return [];
  if (list.length > most) {
    return [{ path: ["filter", name], rule: `must hold at most ${most} ${name}` }];
  }
  return list.flatMap(problemsOf);
}

/**
 * Whether a column begins with this text. A range, not LIKE or starts_with: PostgreSQL derives a range of an index from
 * these only if the text is a constant, and the text is a parameter.
 * @param column a text column with an index on `column collate "C"`.
 */
function beginsWith(column: Sql<unknown>, prefix: string): Sql<boolean> {
  const bytes = sql`${column} collate "C"`;
  const end = endOfPrefix(prefix);
  const from = sql<boolean>`${bytes} >= ${prefix}`;
  return end === undefined ? from : sql`(${from} and ${bytes} < ${end})`;
}

/**
 * The least text above all texts with this prefix, in the order of code points, which is the order of bytes in UTF-8;
 * undefined: there is no such text.
 */
function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates (U+D800 to U+DFFF) are not characters.
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/**
 * Whether a JSON object has a key with this value. A value that is not a string is compared as its JSON text, as
 * PostgreSQL writes it. The operator @>, which GIN supports, compares numbers by value and finds parts of objects and
 * lists, so that their texts are compared too.
 * @param column a jsonb column, of jobs with an index for `?` and `@>` (jsonb_ops).
 */
export function hasKeyValue(column: Sql<unknown>, { key, value }: KeyValueInput): Sql<boolean> {
  if (value === null || value === undefined) return sql`${column} ? ${key}`;
  const objectOf = (json: string) => sql`${`{${JSON.stringify(key)}:${json}}`}::jsonb`;
  const isString = sql<boolean>`${column} @> ${objectOf(JSON.stringify(value))}`;
  if (!isStorableJson(value)) return isString;
  const object = objectOf(value);
  return sql`(${isString}
    or (${column} @> ${object} and (${column} -> ${key})::text = (${object} -> ${key})::text))`;
}

/** Whether the text is JSON that a label or a tag can hold, other than a string. */
function isStorableJson(text: string): boolean {
  try {
    const value = parseUntrustedJson(text);
    return typeof value !== "string" && jsonProblem(value) === undefined;
  } catch {
    return false;
  }
}
