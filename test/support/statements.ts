import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type RunningStatement, STATEMENT_CHANNEL } from "../../src/lib/events.ts";

/** Runs a function and returns the names of its SQL statements, in order ("jobs.list", ...). */
export async function statementsOf(run: () => Promise<unknown>): Promise<string[]> {
  return (await observed(run)).statements;
}

/** The same, with the result of the function. */
export async function observed<Answer>(
  run: () => Promise<Answer>,
): Promise<{ answer: Answer; statements: string[] }> {
  const { answer, running } = await listened(run);
  return { answer, statements: running.map(({ name }) => name) };
}

/** Runs a function and returns its SQL statements, in order. */
export async function sqlOf(run: () => Promise<unknown>): Promise<string[]> {
  return (await listened(run)).running.map(({ sql }) => sql);
}

async function listened<Answer>(
  run: () => Promise<Answer>,
): Promise<{ answer: Answer; running: RunningStatement[] }> {
  const running: RunningStatement[] = [];
  const listen = (message: unknown) => void running.push(message as RunningStatement);
  subscribe(STATEMENT_CHANNEL, listen);
  try {
    return { answer: await run(), running };
  } finally {
    unsubscribe(STATEMENT_CHANNEL, listen);
  }
}
