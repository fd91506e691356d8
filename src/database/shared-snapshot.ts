import { IsolationLevel } from "@mikro-orm/core";
import type { Database } from "./database.ts";
import { firstRow, rows, sql } from "./sql.ts";

const READ_ONLY = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true } as const;

/**
 * Runs a function with `count` transactions, at least one, that share a snapshot.
 * @throws Error when PostgreSQL exports no snapshot; the error of the function.
 */
export function withSharedSnapshot<Result>(
  open: () => Database,
  count: number,
  run: (readers: readonly Database[]) => Promise<Result>,
): Promise<Result> {
  return open().transactional(async (first) => {
    const snapshot = await firstRow(
      first,
      { name: "integrity.snapshot" },
      sql<{ id: string }>`select pg_export_snapshot() as id`,
    );
    if (snapshot === undefined) throw new Error("PostgreSQL exports no snapshot.");
    await disableIdleTimeout(first);
    return withReaders(open, count, snapshot.id, [first], run);
  }, READ_ONLY);
}

/** Nests the transactions, so that all of them end when the function has returned or failed. */
function withReaders<Result>(
  open: () => Database,
  count: number,
  snapshotId: string,
  readers: readonly Database[],
  run: (readers: readonly Database[]) => Promise<Result>,
): Promise<Result> {
  if (readers.length === count) return run(readers);
  return open().transactional(async (reader) => {
    await rows(
      reader,
      { name: "integrity.sameSnapshot" },
      sql`set transaction snapshot ${sql.lit(snapshotId)}`,
    );
    await disableIdleTimeout(reader);
    return withReaders(open, count, snapshotId, [...readers, reader], run);
  }, READ_ONLY);
}

/**
 * A transaction may be idle for minutes while another transaction reads. PostgreSQL must not end the idle transaction.
 */
async function disableIdleTimeout(reader: Database): Promise<void> {
  await rows(
    reader,
    { name: "integrity.waitInPeace" },
    sql`select set_config('idle_in_transaction_session_timeout', '0', true)`,
  );
}
