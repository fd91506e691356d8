import type { CompiledQuery } from "kysely";
import { conditionsOf } from "./project-pattern.ts";
import type { Viewer } from "./viewer.ts";

/** The tables whose rows belong to a job. */
const PARTS = ["cost_results", "service_costs", "region_costs"];

/** What a statement begins with: its name and what else stands in comments, and WITH, if it has some of its own. */
const OPENING = /^((?:\s*\/\*[^*]*\*\/)*)\s*(with\s)?/i;

/**
 * The statement as a viewer may run it. For one that is bound to projects, the names of our tables stand for the rows
 * that it may see: common table expressions of the same names, which PostgreSQL puts in their place as it does with
 * views. So no query has to remember it, and none can forget. For everybody else it is the statement itself.
 */
export function restrictedTo<Row>(
  { projects }: Pick<Viewer, "projects">,
  statement: CompiledQuery<Row>,
): CompiledQuery<Row> {
  if (projects === undefined) return statement;
  const parameters = [...statement.parameters];
  const parameter = (value: unknown, type: string) => `$${parameters.push(value)}::${type}`;
  const { names, prefixes } = conditionsOf(projects);
  const [name, ...others] = names;
  const conditions = [
    // One name is compared by =, which keeps the order of idx_jobs_project.
    ...(name !== undefined && others.length === 0 ? [`project = ${parameter(name, "text")}`] : []),
    ...(others.length > 0 ? [`project = any(${parameter(names, "text[]")})`] : []),
    ...prefixes.map((prefix) => `starts_with(project, ${parameter(prefix, "text")})`),
  ];
  const tables = [
    `jobs as not materialized (select * from jobs where ${conditions.join(" or ") || "false"})`,
    ...PARTS.map(
      (part) => `${part} as not materialized (select * from ${part} where job_id in (select id from jobs))`,
    ),
  ];
  const sql = statement.sql.replace(
    OPENING,
    (_, comments, own) => `${comments} with ${tables.join(", ")}${own === undefined ? " " : ", "}`,
  );
  return { ...statement, sql, parameters };
}
