import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { STATEMENT_CHANNEL } from "../../src/database/statement-log.ts";

/** Runs something and returns the names of the SQL statements that it ran, in order ("jobs.list", ...). */
export async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  return (await observed(run)).statements;
}

/** The same, with what it answered. */
export async function observed<Answer>(
  run: () => Promise<Answer>,
): Promise<{ answer: Answer; statements: string[] }> {
  const statements: string[] = [];
  const listen = (message: unknown) => {
    const { sql } = message as { sql: string };
    statements.push(/^\/\* (\S+) \*\//.exec(sql)?.[1] ?? sql);
  };
  subscribe(STATEMENT_CHANNEL, listen);
  try {
    return { answer: await run(), statements };
  } finally {
    unsubscribe(STATEMENT_CHANNEL, listen);
  }
}
