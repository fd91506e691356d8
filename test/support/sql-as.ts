import { Client } from "pg";

/**
 * Runs SQL in a session of its own that has taken a role; without one, as the superuser that owns the tables.
 * Several statements in one text are one transaction.
 */
export async function sqlAs(
  databaseUrl: string,
  role: string | undefined,
  text: string,
): Promise<Record<string, unknown>[]> {
  const client = new Client({
    connectionString: databaseUrl,
    ...(role !== undefined && { options: `-c role=${role}` }),
  });
  await client.connect();
  const result = await client.query(text).finally(() => client.end());
  // pg answers several statements with a list of results.
  return [result].flat().at(-1)?.rows ?? [];
}
