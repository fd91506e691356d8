import type { CompiledQuery } from "kysely";
import { pino } from "pino";
import { createOrm } from "../../src/database/connect.ts";
import { Database, type Statement } from "../../src/database/database.ts";
import { readPortfolio } from "../../src/portfolio/portfolio.ts";

/** The plans of the statements of two portfolios, as sections of the report. */
export async function explainPortfolio(url: string): Promise<string[]> {
  const orm = await createOrm({ url, poolSize: 1, log: pino({ level: "silent" }) });
  try {
    const db = new ExplainingDatabase(orm.em.fork());
    await readPortfolio(db, { filter: {}, groupBy: "TAG", key: "team" });
    const { warnings } = await readPortfolio(db, { filter: {}, groupBy: "PROJECT" });
    await warnings();
    return db.plans;
  } finally {
    await orm.close();
  }
}

/** Explains each statement before it runs. */
class ExplainingDatabase extends Database {
  readonly plans: string[] = [];

  override async execute<Row>(statement: Statement, compiled: CompiledQuery<Row>): Promise<Row[]> {
    const sql = `explain (analyze, costs off, timing off, buffers off) ${compiled.sql}`;
    const plan = await super.execute<Row & { "QUERY PLAN": string }>(statement, { ...compiled, sql });
    const text = plan.map((row) => shortened(row["QUERY PLAN"])).join("\n");
    this.plans.push(`\`${statement.name}\`:\n\n\`\`\`text\n${text}\n\`\`\``);
    return super.execute(statement, compiled);
  }
}

/** A line without the array of ids. */
function shortened(line: string): string {
  return line.replaceAll(/\{[^}]{100,}\}/g, "{...}");
}
