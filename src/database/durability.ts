import type { Database } from "./database.ts";
import { rows, sql } from "./sql.ts";

/**
 * Runs a transaction whose result is acknowledged to a client. Its COMMIT waits for the flush and for the standbys
 * that synchronous_commit asks for; `off`, under which a crash of PostgreSQL loses acknowledged commits, is raised to
 * `on` for this transaction. A transaction that has only read waits too: PostgreSQL waits for no COMMIT that has
 * written nothing, although the rows that it has read may be on the primary alone.
 */
export function durableTransaction<Result>(
  db: Database,
  run: (tx: Database) => Promise<Result>,
): Promise<Result> {
  return db.transactional(async (tx) => {
    const result = await run(tx);
    // The message is the write; the warning of a cancelled wait (committing-client.ts) needs client_min_messages.
    await rows(
      tx,
      { name: "database.durability" },
      sql`
      select pg_logical_emit_message(true, 'results-storage', ''::text),
        set_config('client_min_messages', 'warning', true),
        case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', true) end`,
    );
    return result;
  });
}
