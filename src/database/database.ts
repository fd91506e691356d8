import type { SqlEntityManager, TransactionOptions } from "@mikro-orm/postgresql";
import type { CompiledQuery, RawBuilder } from "kysely";
import { statements } from "../lib/events.ts";

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
  execute<Row>(statement: CompiledQuery<Row>): Promise<Row[]> {
    const restricted = restrictedTo(this.visibleProjects, statement);
    const running = { sql: restricted.sql, startedAt: performance.now() };
    return statements.tracePromise(
      async () => (await this.#em.getKysely().executeQuery(restricted)).rows,
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

/** What a statement begins with: its name and what else stands in comments, and WITH, if it has some of its own. */
const OPENING = /^((?:\s*\/\*[^*]*\*\/)*)\s*(with\s)?/i;

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
  const sql = statement.sql.replace(
    OPENING,
    (_, comments, own) => `${comments} with ${tables.join(", ")}${own === undefined ? " " : ", "}`,
  );
  return { ...statement, sql, parameters };
}
