import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { STATEMENT_CHANNEL } from "../../src/database/statement-log.ts";

/** Runs something and returns the names of the SQL statements that it ran, in order ("jobs.list", ...). */
export async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const listen = (message: unknown) => {
    const { sql } = message as { sql: string };
    names.push(/^\/\* (\S+) \*\//.exec(sql)?.[1] ?? sql);
  };
  subscribe(STATEMENT_CHANNEL, listen);
  try {
    await run();
  } finally {
    unsubscribe(STATEMENT_CHANNEL, listen);
  }
  return names;
}
