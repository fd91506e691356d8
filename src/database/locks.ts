/**
 * The keys of the advisory locks. Advisory locks are per database, so that no two locks may have the same key. The
 * embedded PostgreSQL has a lock in its database "postgres" (embedded/connection.ts).
 */
export const LOCKS = {
  /** Schema changes: one server at a time migrates. */
  migrations: 20_261_123,
  /** Purges. One batch runs at a time: two concurrent batches could deadlock. */
  purges: 20_261_125,
  /** The end of the chain of seals. */
  chain: 20_261_126,
  /** The records of the exclusions of a job: the first of two keys. */
  exclusions: 20_261_127,
} as const;
