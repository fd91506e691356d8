import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { STATEMENT_CHANNEL } from "../../src/lib/events.ts";

/** Runs something and returns the names of the SQL statements that it ran, in order ("jobs.list", ...). */
export async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  return (await observed(run)).statements;
}

/** The same, with what it answered. */
export async function observed<Answer>(
  run: () => Promise<Answer>,
): Promise<{ answer: Answer; statements: string[] }> {
  const { answer, texts } = await listened(run);
  return { answer, statements: texts.map((sql) => /^\/\* (\S+) \*\//.exec(sql)?.[1] ?? sql) };
}

/** Runs something and returns the SQL statements that it ran, in order. */
export async function sqlOf(run: () => Promise<unknown>): Promise<string[]> {
  return (await listened(run)).texts;
}

async function listened<Answer>(run: () => Promise<Answer>): Promise<{ answer: Answer; texts: string[] }> {
  const texts: string[] = [];
  const listen = (message: unknown) => void texts.push((message as { sql: string }).sql);
  subscribe(STATEMENT_CHANNEL, listen);
  try {
    return { answer: await run(), texts };
  } finally {
    unsubscribe(STATEMENT_CHANNEL, listen);
  }
}
