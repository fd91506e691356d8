import type { SqlEntityManager, TransactionOptions } from "@mikro-orm/postgresql";
import type { CompiledQuery, RawBuilder } from "kysely";
import { statements } from "../lib/events.ts";

/** The properties of a statement that do not depend on its parameters. */
export interface Statement {
  /** Precedes the SQL in a comment, so that the logs of PostgreSQL have it too; "jobs.list". */
  readonly name: string;
  /**
   * Whether PostgreSQL parses the statement once for each connection. Only for statements whose plan does not depend on
   * the parameters, since PostgreSQL may plan them once for all.
   */
  readonly prepared?: boolean;
  /** The jobs whose rows the statement reads, for the response cache. Without it, any store may change the rows. */
  readonly dependsOn?: Dependency;
}

/**
 * - `"jobs"`: the rows are jobs, with their `id` and in an order, so that the same ids are the same rows.
 * - `{ namedJobs }`: the rows are jobs, read by this number of ids.
 * - `"child"`: the rows belong to jobs that another statement has read, and are deleted with these.
 */
export type Dependency = "jobs" | { readonly namedJobs: number } | "child";

/** Kysely passes only the text of a statement on to pg, so the text says whether the statement is prepared. */
const PREPARED_MARK = "/* prepared */";

/** Whether the text is that of a statement to prepare. */
export function isPrepared(text: string): boolean {
  return text.includes(PREPARED_MARK);
}

/**
 * Which projects: one by its name, or all below a name ("acme/shop/*"), as `push` names the projects of a file that
 * has several. A name of its own, for it is text in a token, in a claim rule and in SQL.
 */
export type ProjectPattern = string;

/**
 * Runs SQL, in a transaction if it was made by `transactional`. Every statement is restricted to the visible projects;
 * the EntityManager stays private, because `find()` and the query builder would read past the restriction.
 */
export class Database {
  readonly #em: SqlEntityManager;
  /** Only rows of these projects are visible; undefined: every row. */
  readonly visibleProjects: readonly ProjectPattern[] | undefined;

  constructor(em: SqlEntityManager, visibleProjects?: readonly ProjectPattern[]) {
    this.#em = em;
    this.visibleProjects = visibleProjects;
  }

  /** The text and the parameters of a statement. */
  compile<Row>(statement: RawBuilder<Row>): CompiledQuery<Row> {
    return statement.compile(this.#em.getKysely());
  }

  /** Runs a compiled statement, restricted to the visible projects. Nothing else sends statements to PostgreSQL. */
  execute<Row>({ name, prepared }: Statement, compiled: CompiledQuery<Row>): Promise<Row[]> {
    const restricted = restrictedTo(this.visibleProjects, compiled);
    const sql = `/* ${name} */ ${prepared ? `${PREPARED_MARK} ` : ""}${restricted.sql}`;
    const running = { name, sql, startedAt: performance.now() };
    return statements.tracePromise(
      async () => (await this.#em.getKysely().executeQuery<Row>({ ...restricted, sql })).rows,
      running,
    );
  }

  /** Runs a function in a transaction, which is rolled back if the function throws. */
  transactional<Result>(
    run: (tx: Database) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.#em.transactional((em) => run(new Database(em, this.visibleProjects)), options);
  }
}

const BELOW = "/*";

/** A list of patterns as the conditions that it stands for. */
interface ProjectConditions {
  readonly names: readonly string[];
  /** What the names of the others begin with, slash included. */
  readonly prefixes: readonly string[];
}

/** Splits patterns into names and prefixes. */
export function conditionsOf(patterns: readonly ProjectPattern[]): ProjectConditions {
  return {
    names: patterns.filter((pattern) => !pattern.endsWith(BELOW)),
    prefixes: patterns.filter((pattern) => pattern.endsWith(BELOW)).map((pattern) => pattern.slice(0, -1)),
  };
}

/** The tables whose rows belong to a job. */
const PARTS = ["cost_results", "service_costs", "region_costs"];

/** The WITH of a statement that has common table expressions itself. */
const OWN_WITH = /^\s*with\s/i;

/**
 * The statement as a viewer may run it. For one that is bound to projects, the names of our tables stand for the rows
 * that it may see: common table expressions of the same names, which PostgreSQL puts in their place as it does with
 * views. So no query has to remember it, and none can forget. For everybody else it is the statement itself.
 */
export function restrictedTo<Row>(
  projects: readonly ProjectPattern[] | undefined,
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
  const visible = `with ${tables.join(", ")}`;
  const sql = OWN_WITH.test(statement.sql)
    ? statement.sql.replace(OWN_WITH, () => `${visible}, `)
    : `${visible} ${statement.sql}`;
  return { ...statement, sql, parameters };
}
