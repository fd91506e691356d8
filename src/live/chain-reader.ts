import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import {
  areJobsSealed,
  type ChainStep,
  endOfChain,
  type Place,
  placesOf,
  START,
  stepsFrom,
} from "./chain-places.sql.ts";
import { outsideOfRequests } from "./shared-work.ts";

/**
 * The interval in which the chain is read while there are streams. A NOTIFY would need a connection of its own, and does
 * not pass a pooler in transaction mode.
 */
const POLL_MS = 1_000;

/** The number of entries that one statement reads. */
const STEPS_PER_PAGE = 200;

/** The number of entries in memory, about 200 bytes each, from which most streams continue without a statement. */
const RECENT_STEPS = 2_000;

/** The time for which the answer of `isSealed` is kept. */
const SEALED_TTL_MS = 2_000;

/** An entry that was read. */
interface ReadStep extends ChainStep {
  /** By performance.now(). */
  readonly readAt: number;
}

interface ReaderOptions {
  /** Not restricted to projects. */
  readonly db: Database;
  /** Called when reading fails, once until it succeeds again. */
  readonly onFault: (error: unknown) => void;
  /** Called when entries of purges were read: jobs that were read before may not exist any more. */
  readonly onPurge: () => void;
  /** Called when the database has another chain than before: streams cannot continue. */
  readonly onReplaced: () => void;
}

/** Reads the chain of seals once for all streams of the process, while there are any. */
export class ChainReader {
  readonly #options: ReaderOptions;
  readonly #places: DataLoader<string, Place | undefined>;
  /** Stops the current reading; undefined: there are no streams. */
  #reading: AbortController | undefined;
  #started: Promise<void> = Promise.resolve();
  #end: Place = START;
  /** The last entries up to the end, without gaps. */
  #recent: ReadStep[] = [];
  #wake = Promise.withResolvers<void>();
  readonly #waiting = new Set<() => void>();
  #sealed: { readonly answer: Promise<boolean>; readonly askedAt: number } | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    // Reconnected clients resume at the same time: their cursors are searched together.
    this.#places = new DataLoader(
      async (cursors) => {
        const places = await placesOf(options.db, cursors);
        const byCursor = new Map(places.map((place) => [place.cursor, place]));
        return cursors.map((cursor) => byCursor.get(cursor));
      },
      { cache: false },
    );
  }

  /** The last entry that was read. */
  get end(): Place {
    return this.#end;
  }

  /**
   * Begins to read, if this is not the case yet, at the end of the chain.
   * @throws the error of the first statement.
   */
  async start(): Promise<void> {
    if (this.#reading === undefined) {
      const reading = new AbortController();
      this.#reading = reading;
      this.#started = outsideOfRequests(async () => {
        this.#end = await endOfChain(this.#options.db);
        this.#recent = [];
        void this.#read(reading.signal);
      });
    }
    const { signal } = this.#reading;
    try {
      await this.#started;
    } catch (error) {
      if (this.#reading?.signal === signal) this.stop();
      throw error;
    }
  }

  /** Stops reading: there are no streams any more. */
  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.wake();
  }

  /** Reads now instead of at the end of the interval. */
  wake(): void {
    this.#wake.resolve();
  }

  /** The place of a cursor; undefined: it cannot be resumed. */
  async placeOf(cursor: string): Promise<Place | undefined> {
    if (cursor === START.cursor) return START;
    if (!/^[0-9a-f]{64}$/.test(cursor)) return undefined;
    const recent = this.#recent.find((step) => step.cursor === cursor);
    return recent ?? outsideOfRequests(() => this.#places.load(cursor));
  }

  /** Waits until the chain continues after a place, at most for a time; false: it does not. */
  async goesOnAfter({ position }: Place, ms: number, ended: AbortSignal): Promise<boolean> {
    if (this.#end.position <= position && !ended.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
      ended.addEventListener("abort", wake);
      await promise;
      clearTimeout(timer);
      ended.removeEventListener("abort", wake);
      this.#waiting.delete(wake);
    }
    return this.#end.position > position;
  }

  /** The next entries after a place, in their order. */
  async stepsAfter({ position }: Place): Promise<readonly ChainStep[]> {
    const [first] = this.#recent;
    if (first === undefined || position + 1 < first.position) {
      return stepsFrom(this.#options.db, position + 1, STEPS_PER_PAGE);
    }
    const index = position + 1 - first.position;
    return this.#recent.slice(index, index + STEPS_PER_PAGE);
  }

  /** The time in milliseconds since the next entry after a place was read; 0: the place is the last entry. */
  lagOf({ position }: Place): number {
    const [first] = this.#recent;
    if (first === undefined || this.#end.position <= position) return 0;
    const next = this.#recent[Math.max(0, position + 1 - first.position)];
    return next === undefined ? 0 : performance.now() - next.readAt;
  }

  /** Whether the database shows that jobs are sealed; false: not, or the database does not answer. */
  isSealed(): Promise<boolean> {
    const now = performance.now();
    if (this.#sealed === undefined || now - this.#sealed.askedAt > SEALED_TTL_MS) {
      const answer = outsideOfRequests(() => areJobsSealed(this.#options.db)).catch(() => false);
      this.#sealed = { answer, askedAt: now };
    }
    return this.#sealed.answer;
  }

  async #read(stopped: AbortSignal): Promise<void> {
    let isFaulty = false;
    for (;;) {
      const timer = setTimeout(() => this.wake(), POLL_MS);
      await this.#wake.promise;
      clearTimeout(timer);
      if (stopped.aborted) return;
      // Before reading: entries that are added meanwhile may wake it again.
      this.#wake = Promise.withResolvers();
      try {
        while (await this.#readPage(stopped));
        isFaulty = false;
      } catch (error) {
        if (!isFaulty) this.#options.onFault(error);
        isFaulty = true;
      }
    }
  }

  /** Reads the next entries. The last known entry is read again: after a failover the chain may be another one. */
  async #readPage(stopped: AbortSignal): Promise<boolean> {
    const end = this.#end;
    const steps = await stepsFrom(this.#options.db, Math.max(1, end.position), STEPS_PER_PAGE);
    if (stopped.aborted) return false;
    if (end.position > 0 && steps.shift()?.cursor !== end.cursor) {
      this.stop();
      this.#options.onReplaced();
      return false;
    }
    const last = steps.at(-1);
    if (last === undefined) return false;
    const readAt = performance.now();
    this.#recent.push(...steps.map((step) => ({ ...step, readAt })));
    this.#recent.splice(0, this.#recent.length - RECENT_STEPS);
    this.#end = last;
    this.#sealed = undefined;
    if (steps.some(({ kind }) => kind === "PURGED")) this.#options.onPurge();
    for (const wake of this.#waiting) wake();
    return true;
  }
}
