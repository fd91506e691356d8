import { Client } from "pg";

/** Runs a function while an exclusive lock blocks all statements on a table. */
export async function whileLocked(
  databaseUrl: string,
  table: string,
  run: () => Promise<void>,
): Promise<void> {
  const blocker = new Client({ connectionString: databaseUrl });
  await blocker.connect();
  try {
    await blocker.query("begin");
    await blocker.query(`lock table ${table} in access exclusive mode`);
    await run();
  } finally {
    await blocker.end();
  }
}
