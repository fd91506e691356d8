import type { Database } from "../database/database.ts";
import { appendEntries, sealsOf, takeChainEnd } from "./seal.store.ts";

/**
 * Adds tombstones to the chain for the jobs that a purge removes: their seals stay, and the tombstones say that they
 * are gone by retention, not by somebody's hand. To be called in the transaction that deletes them, before or after.
 * A job without a seal gets no tombstone: the chain does not know it.
 */
export async function recordPurge(tx: Database, jobIds: readonly string[]): Promise<void> {
  const end = await takeChainEnd(tx);
  const seals = await sealsOf(tx, jobIds);
  if (seals.length === 0) return;
  await appendEntries(
    tx,
    end,
    seals.map((seal) => ({ ...seal, kind: "PURGED" })),
  );
}
