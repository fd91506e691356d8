import type { PostgresPool } from "kysely";
import type { Pool, PoolClient } from "pg";
import { currentCancellation } from "./cancellation.ts";
import { CommittingClient } from "./committing-client.ts";
import { cut } from "./connection-socket.ts";
import { Lease } from "./lease.ts";

/** How often it is looked whether a connection in use has fallen silent. */
const LOOK_MS = 1_000;

/** How long statements that run may take to end once the pool is told to; and then connections, to say goodbye. */
const END_MS = 2_000;

/** PostgreSQL hangs, or the network does. */
class Silence extends Error {
  readonly code = "ETIMEDOUT";

  constructor(ms: number) {
    super(`The database has said nothing for ${ms / 1_000} s.`);
  }
}

/** How connections are guarded. */
export interface Guard {
  /** So long PostgreSQL may say nothing on a connection that is in use; undefined: as long as it likes. */
  readonly silenceMs: number | undefined;
  /** Told of a connection that was cut because PostgreSQL had said nothing for so long. */
  readonly onSilence: (ms: number) => void;
}

/**
 * Sees to it that every connection comes back to the pool, whoever has it:
 *
 * - One on which PostgreSQL has refused a write as read-only is replaced, with all that were opened before.
 * - One on which PostgreSQL says nothing for too long is cut: it hangs, or the network swallows what is sent.
 * - One whose user has been cancelled (cancellation.ts) is cut, and PostgreSQL is told to stop.
 */
export function guardPool(pool: Pool, { silenceMs, onSilence }: Guard): PostgresPool {
  const open = new Set<PoolClient>();
  const leases = new Set<Lease>();
  /** Opened before PostgreSQL has refused a write; after a failover, a new one may reach the new primary. */
  const outdated = new WeakSet<PoolClient>();
  pool.on("connect", (client) => {
    open.add(client);
    client.once("end", () => open.delete(client));
  });

  async function connect(): Promise<PoolClient> {
    const signal = currentCancellation();
    signal?.throwIfAborted();
    for (;;) {
      const client = await pool.connect();
      if (!open.has(client) || outdated.has(client)) {
        // Broken in the moment between, or to a database that may be read-only.
        client.release(true);
        continue;
      }
      const lease = new Lease(client, signal, () => {
        leases.delete(lease);
        if (client instanceof CommittingClient && client.isReadOnly) {
          for (const other of open) outdated.add(other);
        }
      });
      leases.add(lease);
      if (!signal?.aborted) return client;
      client.release();
      throw signal.reason;
    }
  }

  function cutSilent(limit: number): void {
    for (const lease of leases) {
      const silence = lease.silence();
      if (silence < limit) continue;
      onSilence(silence);
      lease.cut(new Silence(silence));
    }
  }

  const looking =
    silenceMs === undefined ? undefined : setInterval(() => cutSilent(silenceMs), LOOK_MS).unref();

  async function end(): Promise<void> {
    clearInterval(looking);
    const impatient = setTimeout(() => {
      for (const lease of leases) lease.cut();
    }, END_MS);
    await pool.end().finally(() => clearTimeout(impatient));
    // A PostgreSQL that hangs would keep the process alive.
    setTimeout(() => {
      for (const client of open) cut(client);
    }, END_MS).unref();
  }

  return { connect, end, options: pool.options };
}
