import { extname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FastifyRequest } from "fastify";
import { DomainError } from "../../errors.ts";
import type { LargeBody } from "./large-body.ts";
import type { BodyPart, ThreadAnswer, ThreadData, ThreadRequest } from "./messages.ts";

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
    answer: async ({ method, url, headers }, { parts }) => {
      const id = sent++;
      const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>();
      // It may fail before it has the whole request, and is waited for only then.
      promise.catch(() => undefined);
      waiting.set(id, { resolve, reject });
      idle.refresh();
      await handOver(worker, id, parts);
      const { "accept-encoding": _, ...others } = headers;
      const request: ThreadRequest = { kind: "request", id, method, url, headers: others };
      worker.postMessage(request);
      return promise;
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

/** Gives a body to the thread and lets go of it, part by part, so that others have their turn in between. */
async function handOver(worker: Worker, id: number, parts: Buffer[]): Promise<void> {
  for (let bytes = parts.shift(); bytes !== undefined; bytes = parts.shift()) {
    const part: BodyPart = { kind: "part", id, bytes };
    worker.postMessage(part);
    await nextTurn();
  }
}

function unavailable(cause: unknown): DomainError {
  const error = new DomainError(
    "SERVICE_UNAVAILABLE",
    "The server could not finish so large a request; try again. Nothing is stored in part.",
  );
  error.cause = cause;
  return error;
}
