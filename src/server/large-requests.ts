import { extname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { currentCancellation } from "../database/guarded-pool.ts";
import { recordServerError } from "../telemetry/current-request.ts";
import {
  type ErrorRecord,
  errorOfRecord,
  replay,
  type WorkerTelemetry,
} from "../telemetry/worker-telemetry.ts";
import { LargeBody } from "./body.ts";
import { createByteSemaphore } from "./byte-semaphore.ts";
import { requestDeadline } from "./cancellation.ts";
import { HttpError, UPLOAD_RETRY_AFTER_S } from "./errors.ts";

/** Handles requests with large bodies in a worker thread, so that they do not block the event loop of other requests. */
export interface LargeRequests {
  handle(request: FastifyRequest, reply: FastifyReply, body: LargeBody): Promise<FastifyReply>;
  /** Terminates the thread. No request must be running. */
  close(): Promise<void>;
}

/** Passes requests with an unparsed body (body.ts) to the thread. */
export function addLargeRequestHook(server: FastifyInstance, largeRequests: LargeRequests): void {
  server.addHook("preHandler", async (request, reply) =>
    request.body instanceof LargeBody ? largeRequests.handle(request, reply, request.body) : undefined,
  );
}

/** The limit of bytes in progress, or one larger request: each needs about ten times its size of memory. */
const MAX_BYTES_IN_PROGRESS = 8_388_608;

/** Headers of the connection or of the injected response; the response to the client has its own. */
const CONNECTION_HEADERS = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "date",
  "x-request-id",
]);

/** Creates the handler of large requests. Its thread is started by the first of them. */
export function createLargeRequests(options: ThreadOptions): LargeRequests {
  const memory = createByteSemaphore(MAX_BYTES_IN_PROGRESS);
  let thread: Thread | undefined;
  const runningThread = () => {
    if (thread !== undefined) return thread;
    const started = startThread(options, () => {
      if (thread === started) thread = undefined;
    });
    thread = started;
    return started;
  };
  const { timeoutMs } = options;
  return {
    handle: async (request, reply, body) => {
      const release = await memory.acquire(body.bytes, requestDeadline(timeoutMs, overloaded()));
      try {
        const response = await runningThread().send(request, body);
        replay(response.telemetry);
        return reply.code(response.status).headers(endToEndHeaders(response)).send(response.body);
      } catch (failure) {
        if (!(failure instanceof ThreadFailure)) throw failure;
        recordServerError(request.log, failure);
        throw notCompleted();
      } finally {
        release();
      }
    },
    close: async () => thread?.end(),
  };
}

function overloaded(): HttpError {
  const message =
    "The server stores other large estimates at the moment; try again with the same idempotency key.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, UPLOAD_RETRY_AFTER_S);
}

function notCompleted(): HttpError {
  const message =
    "The server could not complete this large request. Nothing was stored in part; try again with the same idempotency key.";
  return new HttpError(503, "SERVICE_UNAVAILABLE", message, UPLOAD_RETRY_AFTER_S);
}

function endToEndHeaders({ headers }: ThreadResponse): ThreadResponse["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)));
}

/** A running thread. */
interface Thread {
  send(request: FastifyRequest, body: LargeBody): Promise<ThreadResponse>;
  end(): Promise<void>;
}

/** An idle thread is terminated after this time, to release its memory: 60 MB, and the garbage of the last store. */
const IDLE_MS = 15_000;

/** The thread responds within REQUEST_TIMEOUT_S. When this margin is exceeded too, it hangs and is terminated. */
const RESPONSE_MARGIN_MS = 10_000;

/** A server error in the thread, or its termination. */
class ThreadFailure extends Error {
  override readonly name = "ThreadFailure";
}

/** TypeScript sources need a loader, which the main thread has from its command line or from vitest. */
const LOADER = extname(import.meta.filename) === ".ts" ? ["--import", "tsx"] : [];

interface Waiting {
  readonly resolve: (response: ThreadResponse) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a thread.
 * @param onEnd is called when the thread accepts no more requests: it was idle, or it failed.
 */
export function startThread({ file, workerData, timeoutMs }: ThreadOptions, onEnd: () => void): Thread {
  const worker = new Worker(file, { workerData, execArgv: LOADER });
  const terminateAfterMs = timeoutMs + RESPONSE_MARGIN_MS;
  const waiting = new Map<number, Waiting>();
  let sent = 0;
  const idle = setTimeout(endIfIdle, IDLE_MS).unref();
  function endIfIdle() {
    if (waiting.size > 0) return idle.refresh();
    onEnd();
    return worker.terminate();
  }
  worker.on("message", (message: ThreadResponse | FailedRequest) => {
    const pending = waiting.get(message.id);
    waiting.delete(message.id);
    idle.refresh();
    if (message.kind === "response") pending?.resolve(message);
    else
      pending?.reject(new ThreadFailure("A large request failed.", { cause: errorOfRecord(message.fault) }));
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
    send: async ({ method, url, headers }, { chunks }) => {
      const id = sent++;
      const { promise, resolve, reject } = Promise.withResolvers<ThreadResponse>();
      // The thread may fail before the promise is awaited below, which would be an unhandled rejection.
      promise.catch(() => undefined);
      waiting.set(id, { resolve, reject });
      idle.refresh();
      await transferBody(worker, id, chunks);
      const request: ThreadRequest = { kind: "request", id, method, url, headers: headersForThread(headers) };
      worker.postMessage(request);
      forwardCancellation(worker, id);
      const timer = setTimeout(() => void worker.terminate(), terminateAfterMs);
      return promise.finally(() => clearTimeout(timer));
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

/** The main thread compresses the response, and has checked the host with the address of the connection. */
function headersForThread({
  "accept-encoding": _encoding,
  host: _host,
  "x-forwarded-host": _forwarded,
  ...others
}: FastifyRequest["headers"]): ThreadRequest["headers"] {
  return others;
}

/** Notifies the thread when the client of the current request disconnects. */
function forwardCancellation(worker: Worker, id: number): void {
  const cancellation = currentCancellation();
  const cancel = () => worker.postMessage({ kind: "cancel", id } satisfies CancelledRequest);
  if (cancellation?.aborted) cancel();
  else cancellation?.addEventListener("abort", cancel, { once: true });
}

/** Sends a body to the thread and releases it chunk by chunk, one in each turn of the event loop. */
async function transferBody(worker: Worker, id: number, chunks: Buffer[]): Promise<void> {
  for (let bytes = chunks.shift(); bytes !== undefined; bytes = chunks.shift()) {
    const chunk: BodyChunk = { kind: "chunk", id, bytes };
    worker.postMessage(chunk);
    await nextTurn();
  }
}

interface ThreadOptions {
  /** The module of the thread. */
  readonly file: URL;
  /** The `workerData` of that module. */
  readonly workerData: unknown;
  /** The limit of the time for one request. */
  readonly timeoutMs: number;
}

/** A chunk of a request body. The chunks precede their request. */
export interface BodyChunk {
  readonly kind: "chunk";
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A request for the thread, without its body. */
export interface ThreadRequest {
  readonly kind: "request";
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The client of the request with this id has disconnected. */
export interface CancelledRequest {
  readonly kind: "cancel";
  readonly id: number;
}

/** The response to the request with this id. */
export interface ThreadResponse {
  readonly kind: "response";
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  readonly body: string;
  /** The events for log, metrics and traces. */
  readonly telemetry: WorkerTelemetry;
}

/** A server error in the request with this id. Other requests are not affected. */
export interface FailedRequest {
  readonly kind: "failure";
  readonly id: number;
  readonly fault: ErrorRecord;
}
