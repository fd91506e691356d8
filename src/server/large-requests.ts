import { extname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { currentCancellation } from "../database/guarded-pool.ts";
import { recordServerError } from "../telemetry/current-request.ts";
import { type ErrorRecord, errorOfRecord, replay, type WorkerTelemetry } from "../telemetry/relay.ts";
import { LargeBody } from "./body.ts";
import { createByteSemaphore, deadline } from "./byte-semaphore.ts";
import { HttpError } from "./errors.ts";

/** Answers requests with large bodies in another thread, so that everybody else is answered meanwhile. */
export interface LargeRequests {
  answer(request: FastifyRequest, reply: FastifyReply, body: LargeBody): Promise<FastifyReply>;
  /** Ends the thread. Nothing must be under way. */
  close(): Promise<void>;
}

/** Hands requests whose body was left unread (json-body.ts) to the other thread. */
export function answerLargeRequests(server: FastifyInstance, largeRequests: LargeRequests): void {
  server.addHook("preHandler", async (request, reply) =>
    request.body instanceof LargeBody ? largeRequests.answer(request, reply, request.body) : undefined,
  );
}

/** So many bytes are worked on at a time, or one request: each takes about ten times its size of memory. */
const BYTES_AT_A_TIME = 8_388_608;

/** Large stores take seconds each. */
const RETRY_AFTER_S = 5;

/** Belongs to the connection, or was the parser's: the answer as it is sent has its own. */
const HOP_HEADERS = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "date",
  "x-request-id",
]);

/** Answers large requests in a thread that is started when the first of them comes. */
export function createLargeRequests(options: ThreadOptions): LargeRequests {
  const budget = createByteSemaphore(BYTES_AT_A_TIME);
  let thread: Thread | undefined;
  const running = () => {
    if (thread !== undefined) return thread;
    const started = startThread(options, () => {
      if (thread === started) thread = undefined;
    });
    thread = started;
    return started;
  };
  const { timeoutMs } = options;
  return {
    answer: async (request, reply, body) => {
      const release = await budget.acquire(body.bytes, deadline(timeoutMs, tooBusy()));
      try {
        const answer = await running().answer(request, body);
        replay(answer.seen);
        return reply.code(answer.status).headers(ownHeaders(answer)).send(answer.body);
      } catch (failure) {
        if (!(failure instanceof ThreadFailure)) throw failure;
        recordServerError(request.log, failure);
        throw couldNotFinish();
      } finally {
        release();
      }
    },
    close: async () => thread?.end(),
  };
}

function tooBusy(): HttpError {
  const message =
    "The server stores other large estimates at the moment; try again, with the same idempotency key.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}

function couldNotFinish(): HttpError {
  const message =
    "The server could not finish so large a request; try again, with the same idempotency key. Nothing is stored in part.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}

function ownHeaders({ headers }: ThreadAnswer): ThreadAnswer["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}

/** The running thread. */
interface Thread {
  answer(request: FastifyRequest, body: LargeBody): Promise<ThreadAnswer>;
  end(): Promise<void>;
}

/** With nothing to do it is ended after this long, to give back its memory: 60 MB, and what a store has left behind. */
const IDLE_MS = 15_000;

/** The thread itself gives up after REQUEST_TIMEOUT_S. One that is silent so much longer hangs, and is ended. */
const SILENCE_MS = 10_000;

/** A request is not answered: of a fault of ours, or because the thread has ended or hung. */
class ThreadFailure extends Error {
  override readonly name = "ThreadFailure";
}

/** From the sources it needs what reads them, which this thread has been given on its command line, or by vitest. */
const LOADER = extname(import.meta.filename) === ".ts" ? ["--import", "tsx"] : [];

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the thread.
 * @param onEnd is told when it takes no more requests: it has had none for long, or it has failed.
 */
export function startThread({ file, workerData, timeoutMs }: ThreadOptions, onEnd: () => void): Thread {
  const worker = new Worker(file, { workerData, execArgv: LOADER });
  const longest = timeoutMs + SILENCE_MS;
  const waiting = new Map<number, Waiting>();
  let sent = 0;
  const idle = setTimeout(endIfIdle, IDLE_MS).unref();
  function endIfIdle() {
    if (waiting.size > 0) return idle.refresh();
    onEnd();
    return worker.terminate();
  }
  worker.on("message", (message: ThreadAnswer | FailedRequest) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    idle.refresh();
    if (message.kind === "answer") asked?.resolve(message);
    else asked?.reject(new ThreadFailure("A large request failed.", { cause: errorOfRecord(message.fault) }));
  });
  let failure: unknown;
  worker.on("error", (error) => {
    failure = error;
  });
  worker.on("exit", () => {
    clearTimeout(idle);
    onEnd();
    const error = new ThreadFailure("The thread for large requests has ended.", { cause: failure });
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    answer: async ({ method, url, headers }, { parts }) => {
      const id = sent++;
      const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>();
      // It may fail before it has the whole request, and is waited for only then.
      promise.catch(() => undefined);
      waiting.set(id, { resolve, reject });
      idle.refresh();
      await handOver(worker, id, parts);
      const request: ThreadRequest = { kind: "request", id, method, url, headers: headersForThread(headers) };
      worker.postMessage(request);
      abortOnDisconnect(worker, id);
      const hanging = setTimeout(() => void worker.terminate(), longest);
      return promise.finally(() => clearTimeout(hanging));
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

/** The answer is compressed here, if it is, and the host was checked here, with the address of the connection. */
function headersForThread({
  "accept-encoding": _encoding,
  host: _host,
  "x-forwarded-host": _forwarded,
  ...others
}: FastifyRequest["headers"]): ThreadRequest["headers"] {
  return others;
}

/** Tells the thread when the client of the current request hangs up. */
function abortOnDisconnect(worker: Worker, id: number): void {
  const hungUp = currentCancellation();
  const cancel = () => worker.postMessage({ kind: "cancel", id } satisfies CancelledRequest);
  if (hungUp?.aborted) cancel();
  else hungUp?.addEventListener("abort", cancel, { once: true });
}

/** Gives a body to the thread and lets go of it, part by part, so that others have their turn in between. */
async function handOver(worker: Worker, id: number, parts: Buffer[]): Promise<void> {
  for (let bytes = parts.shift(); bytes !== undefined; bytes = parts.shift()) {
    const part: BodyPart = { kind: "part", id, bytes };
    worker.postMessage(part);
    await nextTurn();
  }
}

/** How the thread is started. */
interface ThreadOptions {
  /** The module that it runs. */
  readonly file: URL;
  /** What that module finds in `workerData`. */
  readonly workerData: unknown;
  /** How long the thread may work on one request, in milliseconds. */
  readonly timeoutMs: number;
}

/** A part of a request's body, before the request itself. */
export interface BodyPart {
  readonly kind: "part";
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A request for the thread: as it came in, its body as its parts have it. */
export interface ThreadRequest {
  readonly kind: "request";
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The client of the request of this id has hung up: nobody waits for its answer. */
export interface CancelledRequest {
  readonly kind: "cancel";
  readonly id: number;
}

/** The thread's answer to the request of this id. */
export interface ThreadAnswer {
  readonly kind: "answer";
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  readonly body: string;
  /** What the log and the metrics are to be told. */
  readonly seen: WorkerTelemetry;
}

/** A fault of ours kept the thread from answering the request of this id. Others are not touched by it. */
export interface FailedRequest {
  readonly kind: "failure";
  readonly id: number;
  readonly fault: ErrorRecord;
}
