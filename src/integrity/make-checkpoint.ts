import type { KeyObject } from "node:crypto";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { type SignedCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { chainEnds } from "./seal.store.ts";
import { sealAll } from "./seal-jobs.ts";

/**
 * Seals what is stored at this moment, and signs where the chain is then.
 * @returns undefined when nothing has ever been stored: there is nothing to vouch for.
 */
export async function makeCheckpoint(
  db: Database,
  privateKey: KeyObject,
): Promise<SignedCheckpoint | undefined> {
  await sealAll(db);
  // A signed entry that a crash or a failover takes back would look like tampering.
  const ends = await durableTransaction(db, chainEnds);
  return ends && signCheckpoint({ ...ends, madeAt: new Date() }, privateKey);
}
