import { createHash } from "node:crypto";

/** What an entry of the chain says: that a job was sealed, or that it was purged after that. */
export interface SealEntry {
  readonly position: number;
  readonly kind: "SEALED" | "PURGED";
  readonly jobId: string;
  readonly jobCreatedAt: Date;
  readonly form: number;
  readonly contentHash: Buffer;
  readonly newestCreatedAt: Date;
  readonly sealedAt: Date;
}

/**
 * What links an entry to the one before it: SHA-256 over the JSON array of the entry before's hash (null for the
 * first) and all that this one says, in the order below. Hashes are in hexadecimal, moments as ISO 8601 in UTC with
 * milliseconds; written so, it is RFC 8785 as it stands.
 */
export function entryHash(previous: Buffer | undefined, entry: SealEntry): Buffer {
  const said = [
    previous?.toString("hex") ?? null,
    entry.position,
    entry.kind,
    entry.jobId,
    entry.jobCreatedAt,
    entry.form,
    entry.contentHash.toString("hex"),
    entry.newestCreatedAt,
    entry.sealedAt,
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest();
}
