import { CompiledQuery } from "kysely";
import type { Database } from "./database.ts";
import { idsOf, type JobRead } from "./reads.ts";
import { run } from "./sql.ts";

/**
 * Whether all of these reads, run again, find the same jobs. PostgreSQL makes nothing but their ids this time: it leaves
 * out the columns that nobody asks a subquery for.
 */
export async function findTheSame(db: Database, reads: readonly JobRead[]): Promise<boolean> {
  const same = await Promise.all(
    reads.map(async ({ statement: { sql, parameters }, ids }) => {
      const text = `/* jobs.again */ /* prepared */ select again.id from (${sql}) as again`;
      return idsOf(await run(db, CompiledQuery.raw(text, [...parameters]))) === ids;
    }),
  );
  return same.every(Boolean);
}
