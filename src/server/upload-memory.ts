import { Transform } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import { includesScope, type Viewer } from "../access/viewer.ts";
import { HttpError } from "./errors.ts";

/**
 * While others wait for memory, an upload below this many bytes a second is dropped: 4 Mbit/s, eight times the rate
 * below which any connection is closed.
 */
const SLOW_BYTES = 512 * 1_024;

/** After this many looks (of a second each) without memory, the slowest upload is dropped. */
const PATIENCE_LOOKS = 5;

/** The part of the memory that several uploads of one client share. The oldest of them may take more. */
const CLIENT_SHARE = 0.5;

/**
 * The memory of large bodies. An upload takes it as its bytes arrive, and gives it back when it is answered. Uploads
 * that wait for one another cannot block each other for ever: one of them is dropped.
 */
export class UploadMemory {
  readonly #all: Pool;
  readonly #clients = new Map<string, Pool>();
  readonly #waiting = new Set<Upload>();

  /** @param bytes of which the largest body takes all. */
  constructor(bytes: number) {
    this.#all = new Pool(bytes);
  }

  get bytes(): number {
    return this.#all.limit;
  }

  get bytesHeld(): number {
    return this.#all.held;
  }

  /** @param onDrop is called when the upload has lost its memory to others; it must not be used after that. */
  begin(client: string, onDrop: () => void): Upload {
    const pool = this.#clients.get(client) ?? new Pool(this.#all.limit * CLIENT_SHARE);
    this.#clients.set(client, pool);
    const upload = new Upload(this, client, pool, onDrop);
    for (const { uploads } of [this.#all, pool]) uploads.add(upload);
    return upload;
  }

  /** Takes bytes for an upload and then calls back: at once, or when there is room. */
  take(upload: Upload, bytes: number, onTaken: () => void): void {
    upload.waiting = { bytes, onTaken, looks: 0 };
    this.#waiting.add(upload);
    this.#settle();
  }

  /** Gives back all the memory of an upload. */
  release(upload: Upload): void {
    if (!this.#all.uploads.delete(upload)) return;
    upload.pool.uploads.delete(upload);
    if (upload.pool.uploads.size === 0) this.#clients.delete(upload.client);
    this.#waiting.delete(upload);
    this.#hold(upload, -upload.held);
    this.#settle();
  }

  /**
   * Measures each upload, and ends long waits; to be called every second. Time counts in looks, so that a client is
   * not blamed while the server itself is busy.
   */
  look(): void {
    for (const upload of this.#all.uploads) upload.measure();
    for (const upload of this.#waiting) {
      if (!upload.isOverdue()) continue;
      const pool = this.#exceedsShare(upload) ? upload.pool : this.#all;
      this.#drop(pool.slowest() ?? upload);
    }
    this.#settle();
  }

  #settle(): void {
    let hasChanged = true;
    while (hasChanged) hasChanged = this.#serveNext() || this.#dropNext();
  }

  /** The client that holds least is served first, so that a small store passes large ones. */
  #serveNext(): boolean {
    const next = this.#next();
    if (next?.waiting === undefined || !this.#all.hasRoom(next.waiting.bytes)) return false;
    const { bytes, onTaken } = next.waiting;
    next.waiting = undefined;
    this.#waiting.delete(next);
    this.#hold(next, bytes);
    onTaken();
    return true;
  }

  #next(): Upload | undefined {
    let next: Upload | undefined;
    for (const upload of this.#waiting) {
      const isNext = next === undefined || upload.pool.held < next.pool.held;
      if (isNext && !this.#exceedsShare(upload)) next = upload;
    }
    return next;
  }

  /** Drops an upload that keeps others waiting: a slow one, or one of those that wait for one another. */
  #dropNext(): boolean {
    const full = new Set<Pool>();
    for (const upload of this.#waiting) full.add(this.#exceedsShare(upload) ? upload.pool : this.#all);
    for (const pool of full) {
      const slowest = pool.slowest();
      if (slowest === undefined) continue;
      const isInTheWay = slowest.bytesPerSecond < SLOW_BYTES && pool.hasOtherWaiting(slowest);
      if (!isInTheWay && !pool.isStuck()) continue;
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

  #hold(upload: Upload, bytes: number): void {
    upload.held += bytes;
    upload.pool.held += bytes;
    this.#all.held += bytes;
  }
}

/** A large body that arrives, or that has arrived and is not answered yet. */
export class Upload {
  readonly client: string;
  readonly pool: Pool;
  readonly onDrop: () => void;
  readonly #memory: UploadMemory;
  held = 0;
  waiting: Waiting | undefined;
  isComplete = false;
  /** Infinite until a whole second has been measured. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  #bytes = 0;
  /** False when the upload began or waited for memory since the last look: it may be faster than it seems. */
  #isMeasured = false;

  constructor(memory: UploadMemory, client: string, pool: Pool, onDrop: () => void) {
    this.#memory = memory;
    this.client = client;
    this.pool = pool;
    this.onDrop = onDrop;
  }

  /** Calls back when the bytes have their memory. */
  take(bytes: number, onTaken: () => void): void {
    this.#bytes += bytes;
    this.#memory.take(this, bytes, onTaken);
    this.#isMeasured &&= this.waiting === undefined;
  }

  /** The whole body has arrived: it waits for the server from now on, and is not dropped any more. */
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
    if (this.waiting !== undefined) this.waiting.looks++;
    this.#isMeasured = this.waiting === undefined;
    this.#bytes = 0;
  }

  isOverdue(): boolean {
    return this.waiting !== undefined && this.waiting.looks >= PATIENCE_LOOKS;
  }
}

/** The bytes that an upload waits for. */
interface Waiting {
  readonly bytes: number;
  readonly onTaken: () => void;
  looks: number;
}

/** The uploads that share a limit, in the order in which they began. */
class Pool {
  readonly uploads = new Set<Upload>();
  readonly limit: number;
  held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  hasRoom(bytes: number): boolean {
    return this.held + bytes <= this.limit;
  }

  /**
   * The slowest upload that still arrives and holds memory. Of equally slow ones (those that are not measured yet are
   * equal) it is the upload of the client that holds most: a client that reconnects after each drop must not displace
   * small uploads of others. Then the youngest, which loses least.
   */
  slowest(): Upload | undefined {
    let slowest: Upload | undefined;
    for (const upload of this.uploads) {
      if (!upload.isComplete && upload.held > 0 && !(slowest && isBefore(slowest, upload))) slowest = upload;
    }
    return slowest;
  }

  /** Whether every upload waits for memory that only another one could give back. */
  isStuck(): boolean {
    for (const { waiting } of this.uploads) if (waiting === undefined) return false;
    return true;
  }

  hasOtherWaiting(upload: Upload): boolean {
    for (const other of this.uploads) if (other !== upload && other.waiting !== undefined) return true;
    return false;
  }
}

/** Whether an upload is to be dropped rather than a younger one. */
function isBefore(one: Upload, younger: Upload): boolean {
  if (one.bytesPerSecond !== younger.bytesPerSecond) return one.bytesPerSecond < younger.bytesPerSecond;
  return one.pool.held > younger.pool.held;
}

/** How often uploads are measured. */
const CHECK_INTERVAL_MS = 1_000;

/** By then the uploads that were preferred have arrived, or have been dropped in their turn. */
const RETRY_AFTER_S = 5;

/**
 * Bounds the memory of bodies. A small one is always read; larger ones share a memory, which each of them takes as its
 * bytes arrive. An announcement takes nothing: ten clients that announce the largest body would have it all.
 * @param smallBytes up to which size a body is small.
 */
export function limitBodies(
  server: FastifyInstance,
  smallBytes: number,
  memory: UploadMemory,
  clientOf: (request: FastifyRequest) => string,
): void {
  const looking = setInterval(() => memory.look(), CHECK_INTERVAL_MS).unref();
  server.addHook("onClose", async () => clearInterval(looking));

  server.addHook("preParsing", async (request, reply, payload) => {
    const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
    // What is larger than allowed is refused by its announcement.
    const isSmall = announced === undefined ? encoding === undefined : Number(announced) <= smallBytes;
    if (isSmall || Number(announced) > memory.bytes || reply.raw.closed) return payload;
    if (announced !== undefined) requireStorer(request.viewer);
    return admit(payload, request, reply);
  });

  /** The body, of which each part is passed on when there is memory for it. */
  function admit(payload: RequestPayload, request: FastifyRequest, reply: FastifyReply): Transform {
    let received = 0;
    let upload: Upload | undefined;
    const admitted = new Transform({
      transform: (part: Buffer, _encoding, done) => {
        const before = received;
        received += part.length;
        const pass = () => done(null, part);
        // A body that is too large is refused by its reader.
        if (received <= smallBytes || received > memory.bytes) return pass();
        if (upload !== undefined) return upload.take(part.length, pass);
        const refusal = refuseReader(request.viewer);
        if (refusal !== undefined) return done(refusal);
        upload = memory.begin(clientOf(request), () => admitted.destroy(tooBusy()));
        upload.take(before + part.length, pass);
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
      // The rest of a body that was refused is read and forgotten, so that its client gets to read why.
      payload.unpipe(admitted).resume();
    });
    return payload.pipe(admitted);
  }

  function requireStorer(viewer: Viewer): void {
    const refusal = refuseReader(viewer);
    if (refusal !== undefined) throw refusal;
  }

  /** Only a store is large. */
  function refuseReader({ scope }: Viewer): HttpError | undefined {
    if (includesScope(scope, "write")) return;
    const message = `The body has more than the ${smallBytes} bytes that are allowed for what stores nothing, and this token may not store.`;
    return new HttpError(413, "PAYLOAD_TOO_LARGE", message);
  }
}

function tooBusy(): HttpError {
  const message =
    "The server receives too many large estimates at the moment, and this one was the slowest or the last of them; try again, with the same idempotency key. Nothing was stored.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}
