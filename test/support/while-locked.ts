import { Client } from "pg";

/** Holds a lock on a table that not even readers get past, while something runs. */
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
