import type { Database } from "./database.ts";
import { firstRow, rows, type Sql, sql } from "./sql.ts";

/**
 * Sets synchronous_commit, and the setting that the warning of a cancelled wait (CommittingClient in database-client.ts)
 * needs.
 */
const DURABLE = sql`
  set_config('client_min_messages', 'warning', true),
  case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', true) end`;

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
    // The message is the write.
    await rows(
      tx,
      { name: "database.durability" },
      sql`select pg_logical_emit_message(true, 'results-storage', ''::text), ${DURABLE}`,
    );
    return result;
  });
}

/**
 * Runs one statement that writes, with the durability of `durableTransaction`. The statement is a transaction of its own
 * without BEGIN and COMMIT: with it, and with rows as text, a store of 30 resources takes 2.8 ms instead of 4.6 ms.
 * @param writes WITH and its common table expressions that write.
 * @param result the select list of the statement. Its row is not durable if the statement has not written.
 * @throws UnconfirmedCommit when the result of the commit is unknown.
 * @throws the error of PostgreSQL, after a rollback.
 */
export function durableStatement<Row>(
  db: Database,
  name: string,
  writes: Sql<unknown>,
  result: Sql<Row>,
): Promise<Row | undefined> {
  return firstRow<Row>(
    db,
    { name, prepared: true, commits: true },
    sql`${writes} select ${result}, ${DURABLE}`,
  );
}
