import { IsolationLevel } from "@mikro-orm/core";
import type { Database } from "./database.ts";
import { firstRow, rows, sql } from "./sql.ts";

const READ_ONLY = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true } as const;

/** Runs something with so many transactions, at least one, that all see what was stored at one moment. */
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

/** Opens one transaction in the other, so that each ends when all is done, or has failed. */
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

/** While one reads for minutes, PostgreSQL must not end another that has nothing to do. */
async function disableIdleTimeout(reader: Database): Promise<void> {
  await rows(
    reader,
    { name: "integrity.waitInPeace" },
    sql`select set_config('idle_in_transaction_session_timeout', '0', true)`,
  );
}
