import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { visibilityKey } from "../access/viewer.ts";
import type { Database } from "../database/database.ts";
import type { Context } from "../graphql/context.ts";
import type { Job } from "../jobs/job.graphql.ts";
import type { JobFilter } from "../jobs/job-filter.graphql.ts";
import { jobCondition } from "../jobs/job-filter.sql.ts";
import { DomainError } from "../lib/errors.ts";
import type { StreamCounts } from "../telemetry/metrics.ts";
import { type ChainStep, matchingJobs, type Place, RESUMABLE_ENTRIES } from "./chain-places.sql.ts";
import { ChainReader } from "./chain-reader.ts";
import { SharedWork } from "./shared-work.ts";

/** The context of a subscription. */
export interface StreamContext extends Context {
  readonly jobEvents: JobEvents;
  /** Ends the stream. A DomainError as the reason is sent to the client. */
  readonly end: AbortController;
}

/** One event of a stream. */
export interface JobStoredEvent {
  readonly cursor: string;
  readonly job: Job | null;
  readonly isGap: boolean;
  readonly isLive: () => boolean | Promise<boolean>;
}

/** Events in the order of the chain. Streams with an equal filter and visibility share the object. */
export interface EventBatch {
  readonly events: readonly JobStoredEvent[];
}

/** The largest number of events of a batch. The operation is executed for all of them at the same time. */
export const EVENTS_PER_BATCH = 20;

/** The batches up to a place. */
interface Page {
  readonly batches: readonly EventBatch[];
  readonly end: Place;
}

/** The pages that are kept for streams that reach them later, and the time for which they are kept. */
const RECENT_PAGES = { max: 32, ttl: 5_000 };

/** The pause after a failure of the database. */
const RETRY_MS = 1_000;

/** The condition on the jobs of a stream, and the cursor from which it resumes. */
interface Subscription {
  readonly filter?: JobFilter | null;
  readonly after?: string | null;
}

interface JobEventsOptions {
  /** Not restricted to projects. */
  readonly db: Database;
  /** Whether this server seals jobs. */
  readonly seals: boolean;
  /** The longest time without an event. */
  readonly heartbeatMs: number;
  readonly log: Logger;
}

/** An open stream. */
interface Stream {
  readonly end: AbortController;
  place: Place;
}

/** The stored jobs as events, in the order of the chain of seals. */
export class JobEvents {
  readonly #options: JobEventsOptions;
  readonly #reader: ChainReader;
  readonly #open = new Set<Stream>();
  readonly #pagesInWork = new Map<string, Promise<Page>>();
  readonly #recentPages = new LRUCache<string, Page>(RECENT_PAGES);
  #events = 0;
  #isClosed = false;
  /** Limits the work for all streams together. */
  readonly work = new SharedWork();

  constructor(options: JobEventsOptions) {
    const { db, log } = options;
    this.#options = options;
    this.#reader = new ChainReader({
      db,
      onFault: (error) => log.warn({ err: error }, "the chain of seals could not be read for streams"),
      onPurge: () => this.#recentPages.clear(),
      onReplaced: () => {
        log.warn("the database has another chain of seals than before, and all streams end");
        this.#endAll();
      },
    });
  }

  /**
   * The events from now on, or after a cursor, until `context.end` is aborted. The first batch has one event without a
   * job.
   * @throws BadUserInput for an invalid filter.
   * @throws DomainError SERVICE_UNAVAILABLE when the server stops.
   */
  async subscribe(
    { filter, after }: Subscription,
    context: StreamContext,
  ): Promise<AsyncIterable<EventBatch>> {
    const { end } = context;
    if (this.#isClosed || end.signal.aborted) {
      throw new DomainError(
        "SERVICE_UNAVAILABLE",
        "The server is stopping, or the client disconnected; try again.",
      );
    }
    // Throws the error of an invalid filter.
    jobCondition(filter ?? {});
    const stream: Stream = { end, place: this.#reader.end };
    this.#open.add(stream);
    end.signal.addEventListener("abort", () => this.#release(stream), { once: true });
    try {
      await this.#reader.start();
      const start = after === null || after === undefined ? undefined : await this.#reader.placeOf(after);
      stream.place = start ?? this.#reader.end;
      const isGap = start === undefined && after !== null && after !== undefined;
      return this.#batches(stream, filter ?? {}, isGap, context);
    } catch (error) {
      this.#release(stream);
      throw error;
    }
  }

  /** Looks for new events now: jobs were sealed. */
  wake(): void {
    this.#reader.wake();
  }

  /** Ends all streams, and refuses further ones. */
  close(): void {
    this.#isClosed = true;
    this.#endAll();
  }

  counts(): StreamCounts {
    const lags = [...this.#open].map(({ place }) => this.#reader.lagOf(place));
    return { open: this.#open.size, events: this.#events, lagMs: Math.max(0, ...lags) };
  }

  #endAll(): void {
    for (const { end } of this.#open) end.abort();
  }

  #release(stream: Stream): void {
    this.#open.delete(stream);
    if (this.#open.size === 0) this.#reader.stop();
  }

  async *#batches(
    stream: Stream,
    filter: JobFilter,
    isGap: boolean,
    context: StreamContext,
  ): AsyncGenerator<EventBatch> {
    const { signal } = stream.end;
    const { heartbeatMs } = this.#options;
    let sentAt = performance.now();
    const take = (batch: EventBatch) => {
      this.#events += batch.events.length;
      sentAt = performance.now();
      return batch;
    };
    yield take(this.#withoutJob(stream.place, isGap));
    while (!signal.aborted) {
      const silence = performance.now() - sentAt;
      if (silence >= heartbeatMs) {
        yield take(this.#withoutJob(stream.place, false));
      } else if (await this.#reader.goesOnAfter(stream.place, heartbeatMs - silence, signal)) {
        const page = await this.#page(stream.place, filter, context);
        for (const batch of page?.batches ?? []) {
          if (signal.aborted) return;
          yield take(batch);
        }
        if (page === undefined) await sleep(RETRY_MS);
        else stream.place = page.end;
        // The reader is too slow. Its next stream begins with a gap.
        if (this.#reader.end.position - stream.place.position > RESUMABLE_ENTRIES) return;
      }
    }
  }

  #withoutJob({ cursor }: Place, isGap: boolean): EventBatch {
    const isLive = async () => this.#options.seals || this.#reader.isSealed();
    return { events: [{ cursor, job: null, isGap, isLive }] };
  }

  /** The next events after a place; undefined: they cannot be read now. */
  async #page(place: Place, filter: JobFilter, { viewer, db }: StreamContext): Promise<Page | undefined> {
    const key = `${place.position} ${visibilityKey(viewer)} ${JSON.stringify(filter)}`;
    const known = this.#recentPages.get(key);
    if (known !== undefined) return known;
    let inWork = this.#pagesInWork.get(key);
    if (inWork === undefined) {
      inWork = this.work.run(() => this.#readPage(place, filter, db));
      this.#pagesInWork.set(key, inWork);
      inWork.then((page) => this.#recentPages.set(key, page), this.#logFault);
      inWork.then(
        () => this.#pagesInWork.delete(key),
        () => this.#pagesInWork.delete(key),
      );
    }
    return inWork.catch(() => undefined);
  }

  readonly #logFault = (error: unknown) =>
    this.#options.log.warn({ err: error }, "stored jobs could not be read for streams");

  /** @param db restricted to the projects of the viewer. */
  async #readPage(place: Place, filter: JobFilter, db: Database): Promise<Page> {
    const steps = await this.#reader.stepsAfter(place);
    const sealed = steps.filter(({ kind }) => kind === "SEALED");
    const jobs =
      sealed.length === 0
        ? []
        : await matchingJobs(
            db,
            sealed.map(({ jobId }) => jobId),
            filter,
          );
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const events = sealed.flatMap(({ jobId, cursor }) => {
      const job = byId.get(jobId);
      return job === undefined ? [] : [eventOf(cursor, job)];
    });
    const starts = Array.from(
      { length: Math.ceil(events.length / EVENTS_PER_BATCH) },
      (_, i) => i * EVENTS_PER_BATCH,
    );
    const batches = starts.map((start) => ({ events: events.slice(start, start + EVENTS_PER_BATCH) }));
    return { batches, end: steps.at(-1) ?? place };
  }
}

function eventOf(cursor: ChainStep["cursor"], job: Job): JobStoredEvent {
  return { cursor, job, isGap: false, isLive: () => true };
}
