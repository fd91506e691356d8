import type { Database } from "./database.ts";
import { rows, sql } from "./sql.ts";

/**
 * Runs a transaction whose result is acknowledged to a client. Its COMMIT waits for the flush and for the standbys of
 * synchronous_commit. A crash of PostgreSQL loses acknowledged commits under `off`, so this transaction uses `on`
 * instead. A transaction that only reads waits too: the rows may exist on the primary alone, but PostgreSQL does not
 * wait for a COMMIT that has written nothing. Therefore each transaction writes a message.
 * @throws UnconfirmedCommit when the result of the COMMIT is unknown.
 * @throws the error of `run`, after a rollback.
 */
export function durableTransaction<Result>(
  db: Database,
  run: (tx: Database) => Promise<Result>,
): Promise<Result> {
  return db.transactional(async (tx) => {
    const result = await run(tx);
    // The message is the write. The warning of a cancelled wait (CommittingClient in database-client.ts) needs
    // client_min_messages.
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
