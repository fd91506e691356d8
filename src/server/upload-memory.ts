import { Transform } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import { includesScope, type Viewer } from "../access/viewer.ts";
import { HttpError, UPLOAD_RETRY_AFTER_S } from "./errors.ts";

/** The interval in which uploads are measured. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Limits the memory of request bodies. A small body is always read; larger bodies share a memory, which each of them
 * acquires as its bytes arrive. Content-Length acquires nothing: ten clients that announce the largest body would
 * occupy all of it.
 * @param smallBytes the largest size of a small body.
 */
export function limitBodies(
  server: FastifyInstance,
  smallBytes: number,
  memory: UploadMemory,
  clientOf: (request: FastifyRequest) => string,
): void {
  const timer = setInterval(() => memory.check(), CHECK_INTERVAL_MS).unref();
  server.addHook("onClose", async () => clearInterval(timer));

  server.addHook("preParsing", (request, reply, payload, done) => {
    const { "content-length": contentLength, "transfer-encoding": encoding } = request.headers;
    const isSmall =
      contentLength === undefined ? encoding === undefined : Number(contentLength) <= smallBytes;
    // The body parser rejects a Content-Length above the limit.
    if (isSmall || Number(contentLength) > memory.bytes || reply.raw.closed) return done(null, payload);
    const error = contentLength === undefined ? undefined : missingWriteScope(request.viewer);
    if (error === undefined) done(null, admit(payload, request, reply));
    else done(error);
  });

  /** Passes each chunk of the body on when its memory is acquired. */
  function admit(payload: RequestPayload, request: FastifyRequest, reply: FastifyReply): Transform {
    let received = 0;
    let upload: Upload | undefined;
    const admitted = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const before = received;
        received += chunk.length;
        const pass = () => done(null, chunk);
        // The body parser rejects a body above the limit.
        if (received <= smallBytes || received > memory.bytes) return pass();
        if (upload !== undefined) return upload.acquire(chunk.length, pass);
        const error = missingWriteScope(request.viewer);
        if (error !== undefined) return done(error);
        upload = memory.begin(clientOf(request), () => admitted.destroy(overloaded()));
        upload.acquire(before + chunk.length, pass);
      },
      flush: (done) => {
        upload?.complete();
        done();
      },
    });
    payload.once("error", (error) => admitted.destroy(error));
    reply.raw.once("close", () => {
      upload?.release();
      admitted.destroy();
      // The rest of a rejected body is read and discarded, so that the client reads the response.
      payload.unpipe(admitted).resume();
    });
    return payload.pipe(admitted);
  }

  /** Only a store may be large. */
  function missingWriteScope({ scope }: Viewer): HttpError | undefined {
    if (includesScope(scope, "write")) return;
    const message = `The body exceeds the limit of ${smallBytes} bytes for requests that store nothing, and this token has no permission to store.`;
    return new HttpError(413, "PAYLOAD_TOO_LARGE", message);
  }
}

function overloaded(): HttpError {
  const message =
    "The server receives too many large estimates at the moment, and this upload was the slowest or the latest. Nothing was stored; try again with the same idempotency key.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, UPLOAD_RETRY_AFTER_S);
}

/**
 * While others wait for memory, an upload below this number of bytes a second is dropped: 4 Mbit/s, eight times the
 * rate below which any connection is closed.
 */
const SLOW_BYTES = 512 * 1_024;

/** After this number of checks without memory, one second apart, the slowest upload is dropped. */
const TIMEOUT_CHECKS = 5;

/** The part of the memory that the uploads of one client share. The oldest of them may exceed it. */
const CLIENT_SHARE = 0.5;

/**
 * The memory of large bodies. An upload acquires it as its bytes arrive, and releases it when its response is sent.
 * Uploads that wait for each other cannot deadlock: one of them is dropped.
 */
export class UploadMemory {
  readonly #all: Pool;
  readonly #clients = new Map<string, Pool>();
  readonly #waiting = new Set<Upload>();

  /** @param bytes the size of the largest body, which acquires all of it. */
  constructor(bytes: number) {
    this.#all = new Pool(bytes);
  }

  get bytes(): number {
    return this.#all.limit;
  }

  get bytesInUse(): number {
    return this.#all.acquired;
  }

  /** @param onDrop is called when the upload loses its memory to others; the upload must not be used after that. */
  begin(client: string, onDrop: () => void): Upload {
    const pool = this.#clients.get(client) ?? new Pool(this.#all.limit * CLIENT_SHARE);
    this.#clients.set(client, pool);
    const upload = new Upload(this, client, pool, onDrop);
    for (const { uploads } of [this.#all, pool]) uploads.add(upload);
    return upload;
  }

  /** Acquires bytes for an upload and calls back: immediately, or when the memory is free. */
  acquire(upload: Upload, bytes: number, onAcquired: () => void): void {
    upload.waiting = { bytes, onAcquired, checks: 0 };
    this.#waiting.add(upload);
    this.#serveWaiting();
  }

  /** Releases all memory of an upload. */
  release(upload: Upload): void {
    if (!this.#all.uploads.delete(upload)) return;
    upload.pool.uploads.delete(upload);
    if (upload.pool.uploads.size === 0) this.#clients.delete(upload.client);
    this.#waiting.delete(upload);
    this.#adjust(upload, -upload.acquired);
    this.#serveWaiting();
  }

  /**
   * Measures each upload, and ends long waits; to be called every second. Time is counted in checks, so that a busy
   * server does not drop clients.
   */
  check(): void {
    for (const upload of this.#all.uploads) upload.measure();
    for (const upload of this.#waiting) {
      if (!upload.isOverdue()) continue;
      const pool = this.#exceedsShare(upload) ? upload.pool : this.#all;
      this.#drop(pool.slowest() ?? upload);
    }
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    let hasProgressed = true;
    while (hasProgressed) hasProgressed = this.#serveNext() || this.#dropNext();
  }

  /** The client with the least memory is served first, so that a small store passes large ones. */
  #serveNext(): boolean {
    const next = this.#next();
    if (next?.waiting === undefined || !this.#all.hasRoom(next.waiting.bytes)) return false;
    const { bytes, onAcquired } = next.waiting;
    next.waiting = undefined;
    this.#waiting.delete(next);
    this.#adjust(next, bytes);
    onAcquired();
    return true;
  }

  #next(): Upload | undefined {
    let next: Upload | undefined;
    for (const upload of this.#waiting) {
      const precedes = next === undefined || upload.pool.acquired < next.pool.acquired;
      if (precedes && !this.#exceedsShare(upload)) next = upload;
    }
    return next;
  }

  /** Drops an upload that blocks others: a slow one, or one in a deadlock. */
  #dropNext(): boolean {
    const full = new Set<Pool>();
    for (const upload of this.#waiting) full.add(this.#exceedsShare(upload) ? upload.pool : this.#all);
    for (const pool of full) {
      const slowest = pool.slowest();
      if (slowest === undefined) continue;
      const isBlocking = slowest.bytesPerSecond < SLOW_BYTES && pool.hasOtherWaiting(slowest);
      if (!isBlocking && !pool.isStuck()) continue;
      this.#drop(slowest);
      return true;
    }
    return false;
  }

  #drop(upload: Upload): void {
    upload.onDrop();
    this.release(upload);
  }

  #exceedsShare(upload: Upload): boolean {
    const { waiting, pool } = upload;
    const [oldest] = pool.uploads;
    return waiting !== undefined && upload !== oldest && !pool.hasRoom(waiting.bytes);
  }

  #adjust(upload: Upload, bytes: number): void {
    upload.acquired += bytes;
    upload.pool.acquired += bytes;
    this.#all.acquired += bytes;
  }
}

/** A large body that is being received, or whose request is being processed. */
class Upload {
  readonly client: string;
  readonly pool: Pool;
  readonly onDrop: () => void;
  readonly #memory: UploadMemory;
  acquired = 0;
  waiting: Waiting | undefined;
  isComplete = false;
  /** Infinite until a full second has been measured. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  #bytes = 0;
  /** False when the upload began or waited for memory since the last check: its measured rate is too low. */
  #isMeasured = false;

  constructor(memory: UploadMemory, client: string, pool: Pool, onDrop: () => void) {
    this.#memory = memory;
    this.client = client;
    this.pool = pool;
    this.onDrop = onDrop;
  }

  /** Calls back when the memory of the bytes is acquired. */
  acquire(bytes: number, onAcquired: () => void): void {
    this.#bytes += bytes;
    this.#memory.acquire(this, bytes, onAcquired);
    this.#isMeasured &&= this.waiting === undefined;
  }

  /** The whole body has arrived: from now on it waits for the server, and is not dropped. */
  complete(): void {
    this.isComplete = true;
  }

  release(): void {
    this.#memory.release(this);
  }

  measure(): void {
    if (this.#isMeasured) {
      const before = Number.isFinite(this.bytesPerSecond) ? this.bytesPerSecond : this.#bytes;
      this.bytesPerSecond = (before + this.#bytes) / 2;
    }
    if (this.waiting !== undefined) this.waiting.checks++;
    this.#isMeasured = this.waiting === undefined;
    this.#bytes = 0;
  }

  isOverdue(): boolean {
    return this.waiting !== undefined && this.waiting.checks >= TIMEOUT_CHECKS;
  }
}

/** The bytes that an upload waits for. */
interface Waiting {
  readonly bytes: number;
  readonly onAcquired: () => void;
  checks: number;
}

/** The uploads that share a limit, in the order in which they began. */
class Pool {
  readonly uploads = new Set<Upload>();
  readonly limit: number;
  acquired = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  hasRoom(bytes: number): boolean {
    return this.acquired + bytes <= this.limit;
  }

  /**
   * The slowest upload that still arrives and has acquired memory. Of equally slow ones (those that are not measured yet are
   * equal) it is the upload of the client that holds most: a client that reconnects after each drop must not displace
   * small uploads of others. Then the youngest, which loses least.
   */
  slowest(): Upload | undefined {
    let slowest: Upload | undefined;
    for (const upload of this.uploads) {
      if (!upload.isComplete && upload.acquired > 0 && !(slowest && isBefore(slowest, upload)))
        slowest = upload;
    }
    return slowest;
  }

  /** Whether every upload waits for memory of another one. */
  isStuck(): boolean {
    for (const { waiting } of this.uploads) if (waiting === undefined) return false;
    return true;
  }

  hasOtherWaiting(upload: Upload): boolean {
    for (const other of this.uploads) if (other !== upload && other.waiting !== undefined) return true;
    return false;
  }
}

/** Whether an upload is dropped rather than a younger one. */
function isBefore(one: Upload, younger: Upload): boolean {
  if (one.bytesPerSecond !== younger.bytesPerSecond) return one.bytesPerSecond < younger.bytesPerSecond;
  return one.pool.acquired > younger.pool.acquired;
}
