import { setTimeout as sleep } from "node:timers/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { LATEST_COMMIT } from "./late-job.ts";
import { sealBatch } from "./seal-jobs.ts";

/** Seals jobs in the background until it is closed. */
export interface Sealer {
  /** Lets the batch that is running end. */
  close(): Promise<void>;
}

/** What the sealer works with. */
export interface SealerOptions {
  readonly orm: MikroORM;
  /** How long it waits before it looks for new jobs again, in milliseconds. */
  readonly interval: number;
  readonly log: Logger;
}

/** After a batch it rests so many times as long as the batch took: sealing takes one twentieth of the time at most. */
const REST = 19;

/** Jobs are committed within seconds: it looks back this far, in milliseconds, */
const RECENT = 60_000;
/** and so often as far as a job can be late at all. */
const FAR_LOOK_INTERVAL = 60_000;

/** After failures it waits longer each time, up to this. In milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * Starts sealing what is stored, soon after it was. A failure is logged and tried again: whatever happens to the
 * database, it goes on when that is back. Several servers on one database take turns.
 */
export function startSealer({ orm, interval, log }: SealerOptions): Sealer {
  const stopped = new AbortController();
  const running = sealUntil(stopped.signal, { orm, interval, log });
  return {
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}

async function sealUntil(stopped: AbortSignal, { orm, interval, log }: SealerOptions): Promise<void> {
  let lookedFarAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let wait = interval;
  while (await waited(wait, stopped)) {
    const startedAt = performance.now();
    const far = startedAt - lookedFarAt >= FAR_LOOK_INTERVAL;
    try {
      const sealed = await sealBatch(orm.em.fork(), far ? LATEST_COMMIT : RECENT);
      if (far && sealed === 0) lookedFarAt = startedAt;
      failures = 0;
      const rest = REST * (performance.now() - startedAt);
      wait = sealed > 0 ? rest : Math.max(rest, interval);
      if (sealed > 0) log.debug({ jobs: sealed }, "sealed");
    } catch (error) {
      failures++;
      wait = Math.min(interval * 2 ** failures, LONGEST_WAIT);
      log.warn({ err: error, retryInMs: wait }, "jobs could not be sealed");
    }
  }
}

/** Waits, without keeping the process alive; false as soon as it is stopped. */
async function waited(milliseconds: number, stopped: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal: stopped, ref: false });
    return true;
  } catch {
    return false;
  }
}
