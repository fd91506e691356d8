import { createHash, randomBytes } from "node:crypto";

/** The number of shard keys: 15 bits, so that a key is a positive smallint. */
const SHARD_KEYS = 0x8000;

/**
 * The shard key of a project: the first 15 bits of SHA-256 of its UTF-8, from 0 to 32767. A project's jobs have one key,
 * so that a distributed PostgreSQL compares them in one place.
 * @param project null: the key is random.
 */
export function shardKeyOf(project: string | null): number {
  const bytes = project === null ? randomBytes(2) : createHash("sha256").update(project, "utf8").digest();
  return Math.floor(bytes.readUInt16BE() / 2);
}

/**
 * A new job id: a UUID of version 8 with 48 bits of milliseconds, 58 random bits, and the shard key in the last 16 bits.
 * Ids of version 7 have the same order by millisecond. The id has no counter: a counter would reveal to a bound token
 * how many other jobs were stored in the same millisecond.
 * @param shardKey from 0 to 32767.
 */
export function newJobId(shardKey: number): string {
  if (!Number.isInteger(shardKey) || shardKey < 0 || shardKey >= SHARD_KEYS) {
    throw new RangeError(`${shardKey} is not a shard key.`);
  }
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  bytes.writeUInt16BE(shardKey, 14);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
