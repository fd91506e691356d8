import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { FastifyRequest } from "fastify";
import { DomainError } from "../../errors.ts";
import type { LargeBody } from "./large-body.ts";
import type { ThreadAnswer, ThreadData, ThreadRequest } from "./messages.ts";

/** The running thread. */
export interface Thread {
  answer(request: FastifyRequest, body: LargeBody): Promise<ThreadAnswer>;
  end(): Promise<void>;
}

/** With nothing to do it is ended after this long, to give back its memory: 60 MB, and what a store has left behind. */
const IDLE_MS = 15_000;

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
  const waiting = new Map<number, Waiting>();
  let sent = 0;
  const idle = setTimeout(endIfIdle, IDLE_MS).unref();
  function endIfIdle() {
    if (waiting.size > 0) return idle.refresh();
    onEnd();
    return worker.terminate();
  }
  worker.on("message", (answer: ThreadAnswer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
    idle.refresh();
  });
  let failure: unknown;
  worker.on("error", (error) => {
    failure = error;
  });
  worker.on("exit", () => {
    clearTimeout(idle);
    onEnd();
    for (const { reject } of waiting.values()) reject(unavailable(failure));
  });
  return {
    answer: ({ method, url, headers }, { bytes }) =>
      new Promise((resolve, reject) => {
        const id = sent++;
        waiting.set(id, { resolve, reject });
        idle.refresh();
        const { "accept-encoding": _, ...others } = headers;
        const request: ThreadRequest = { id, method, url, headers: others, body: bytes };
        worker.postMessage(request, transferable(bytes));
      }),
    end: async () => {
      await worker.terminate();
    },
  };
}

/** Handed over, not copied, unless it is a piece of a buffer that others have pieces of, too. */
function transferable({ buffer, byteLength }: Buffer): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

function unavailable(cause: unknown): DomainError {
  const error = new DomainError(
    "SERVICE_UNAVAILABLE",
    "The server could not finish so large a request; try again. Nothing is stored in part.",
  );
  error.cause = cause;
  return error;
}
