import { extname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FastifyRequest } from "fastify";
import { currentCancellation } from "../../database/cancellation.ts";
import { faultOf } from "../../telemetry/fault-record.ts";
import type { LargeBody } from "./large-body.ts";
import type {
  BodyPart,
  CancelledRequest,
  FailedRequest,
  ThreadAnswer,
  ThreadData,
  ThreadRequest,
} from "./messages.ts";

/** The running thread. */
export interface Thread {
  answer(request: FastifyRequest, body: LargeBody): Promise<ThreadAnswer>;
  end(): Promise<void>;
}

/** With nothing to do it is ended after this long, to give back its memory: 60 MB, and what a store has left behind. */
const IDLE_MS = 15_000;

/** The thread itself gives up after REQUEST_TIMEOUT_S. One that is silent so much longer hangs, and is ended. */
const SILENCE_MS = 10_000;

/** A request is not answered: of a fault of ours, or because the thread has ended or hung. */
export class ThreadFailure extends Error {
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
export function startThread(data: ThreadData, onEnd: () => void): Thread {
  const file = `./large-requests.thread${extname(import.meta.filename)}`;
  const worker = new Worker(new URL(file, import.meta.url), { workerData: data, execArgv: LOADER });
  const longest = data.config.httpLimits.requestTimeoutMs + SILENCE_MS;
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
    else asked?.reject(new ThreadFailure("A large request failed.", { cause: faultOf(message.fault) }));
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
      cancelWhenHungUp(worker, id);
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
function cancelWhenHungUp(worker: Worker, id: number): void {
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
