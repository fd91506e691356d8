import type { SqlEntityManager, TransactionOptions } from "@mikro-orm/postgresql";
import type { CompiledQuery, RawBuilder } from "kysely";
import { statements } from "../lib/events.ts";

/** The properties of a statement that do not depend on its parameters. */
export interface Statement {
  /**
   * The name of the statement, such as "jobs.list". A comment before the SQL contains the name, so that PostgreSQL's
   * logs contain the name too.
   */
  readonly name: string;
  /**
   * Whether PostgreSQL parses the statement only once for each connection. Only for statements whose plan does not
   * depend on the parameters, because PostgreSQL may use one plan for all parameters.
   */
  readonly prepared?: boolean;
  /**
   * Whether the statement is a transaction of its own that writes (`durableStatement`). A statement that commits itself
   * must not run in another transaction.
   */
  readonly commits?: boolean;
  /**
   * The jobs whose rows the statement reads, for the response cache. Without this property, each new job may change the
   * rows.
   */
  readonly dependsOn?: Dependency;
}

/**
 * The relation between the rows of a statement and jobs:
 *
 * - `"jobs"`: the rows are jobs, with their `id` and in a fixed order. The same ids mean the same rows.
 * - `{ namedJobs }`: the rows are jobs that are read by id. The value is the number of ids.
 * - `"versions"`: the rows have a text `version` and a fixed order. The same versions mean the same rows.
 * - `"child"`: the rows belong to jobs that another statement has read. PostgreSQL deletes the rows with their jobs.
 */
export type Dependency = "jobs" | "versions" | { readonly namedJobs: number } | "child";

/**
 * The marks of statements to prepare, and of statements that commit. The marks are in the text, because Kysely passes
 * only the text of a statement to pg.
 */
const PREPARED_MARK = "/* prepared */";
const COMMITS_MARK = "/* commits */";

/** Whether the text is marked as a statement to prepare. */
export function isPrepared(text: string): boolean {
  return text.includes(PREPARED_MARK);
}

/** Whether the text is marked as a statement that is a transaction of its own. */
export function commitsItself(text: string): boolean {
  return text.includes(COMMITS_MARK);
}

/**
 * A pattern of projects: the name of one project, or a prefix such as "acme/shop/*" for all projects below
 * "acme/shop/". `push` creates such names for a file with several projects. The type has a name because the text is
 * used in tokens, in claim rules and in SQL.
 */
export type ProjectPattern = string;

/**
 * Runs SQL. The statements of an object from `transactional` run in its transaction. Every statement is restricted to
 * the visible projects. The EntityManager is private, because `find()` and the query builder would bypass the
 * restriction.
 */
export class Database {
  readonly #em: SqlEntityManager;
  /** The projects whose rows are visible; undefined: all rows are visible. */
  readonly visibleProjects: readonly ProjectPattern[] | undefined;

  constructor(em: SqlEntityManager, visibleProjects?: readonly ProjectPattern[]) {
    this.#em = em;
    this.visibleProjects = visibleProjects;
  }

  /** The text and the parameters of a statement. */
  compile<Row>(statement: RawBuilder<Row>): CompiledQuery<Row> {
    return statement.compile(this.#em.getKysely());
  }

  /**
   * Runs a compiled statement, restricted to the visible projects. No other method sends statements to PostgreSQL.
   * @throws the error of pg or PostgreSQL when the statement fails.
   */
  execute<Row>({ name, prepared, commits }: Statement, compiled: CompiledQuery<Row>): Promise<Row[]> {
    const restricted = restrictedTo(this.visibleProjects, compiled);
    const marks = `${prepared ? `${PREPARED_MARK} ` : ""}${commits ? `${COMMITS_MARK} ` : ""}`;
    const sql = `/* ${name} */ ${marks}${restricted.sql}`;
    const running = { name, sql, startedAt: performance.now() };
    return statements.tracePromise(
      async () => (await this.#em.getKysely().executeQuery<Row>({ ...restricted, sql })).rows,
      running,
    );
  }

  /**
   * Runs a function in a transaction. PostgreSQL rolls the transaction back if the function throws.
   * @throws the error of the function, or of the COMMIT.
   */
  transactional<Result>(
    run: (tx: Database) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    // Requests share one EntityManager, whose state a transaction must not change.
    const em = this.#em.isInTransaction() ? this.#em : this.#em.fork();
    return em.transactional((tx) => run(new Database(tx, this.visibleProjects)), options);
  }
}

const BELOW = "/*";

/** The names and the prefixes of a list of patterns. */
interface ProjectConditions {
  readonly names: readonly string[];
  /** The prefixes of project names, with the slash at the end. */
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
const PARTS = ["cost_results", "service_costs", "region_costs", "job_exclusions"];

/** The WITH at the start of a statement that has its own common table expressions. */
const OWN_WITH = /^\s*with\s/i;

/**
 * Restricts a statement to the visible projects. Common table expressions with the names of the tables contain only the
 * visible rows; PostgreSQL inlines them like views. Therefore no query has to repeat the condition, and no query can
 * omit the condition. Without a restriction, the result is the statement itself.
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
    // With = for a single name, PostgreSQL can use the order of idx_jobs_project.
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
