import { CompiledQuery } from "kysely";
import type { Database } from "./database.ts";
import type { JobRead } from "./reads.ts";
import { run } from "./sql.ts";

/**
 * Whether all of these reads, run again, find the same jobs. PostgreSQL makes nothing but their ids this time: it leaves
 * out the columns that nobody asks a subquery for. In one text, since 50 rows take longer to read than to find.
 */
export async function findTheSame(db: Database, reads: readonly JobRead[]): Promise<boolean> {
  const same = await Promise.all(
    reads.map(async ({ statement: { sql, parameters }, ids }) => {
      const text = `/* jobs.again */ /* prepared */
        select array_to_string(array(select again.id from (${sql}) as again), ',') as ids`;
      const [found] = await run<{ ids: string }>(db, CompiledQuery.raw(text, [...parameters]));
      return found?.ids === ids;
    }),
  );
  return same.every(Boolean);
}
