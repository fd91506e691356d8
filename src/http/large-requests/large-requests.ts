import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { noteFault } from "../../telemetry/current-request.ts";
import { addSeen } from "../../telemetry/seen-in-thread.ts";
import { createBudget } from "../budget.ts";
import { patience } from "../patience.ts";
import { Refused } from "../refused.ts";
import { LargeBody } from "./large-body.ts";
import type { ThreadAnswer, ThreadData } from "./messages.ts";
import { startThread, type Thread, ThreadFailure } from "./thread.ts";

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
export function createLargeRequests(data: ThreadData): LargeRequests {
  const budget = createBudget(BYTES_AT_A_TIME);
  let thread: Thread | undefined;
  const running = () => {
    if (thread !== undefined) return thread;
    const started = startThread(data, () => {
      if (thread === started) thread = undefined;
    });
    thread = started;
    return started;
  };
  const timeoutMs = data.config.httpLimits.requestTimeoutMs;
  return {
    answer: async (request, reply, body) => {
      const release = await budget.reserve(body.bytes, patience(timeoutMs, tooBusy()));
      try {
        const answer = await running().answer(request, body);
        addSeen(answer.seen);
        return reply.code(answer.status).headers(ownHeaders(answer)).send(answer.body);
      } catch (failure) {
        if (!(failure instanceof ThreadFailure)) throw failure;
        noteFault(request.log, failure);
        throw couldNotFinish();
      } finally {
        release();
      }
    },
    close: async () => thread?.end(),
  };
}

function tooBusy(): Refused {
  const message =
    "The server stores other large estimates at the moment; try again, with the same idempotency key.";
  return new Refused(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}

function couldNotFinish(): Refused {
  const message =
    "The server could not finish so large a request; try again, with the same idempotency key. Nothing is stored in part.";
  return new Refused(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}

function ownHeaders({ headers }: ThreadAnswer): ThreadAnswer["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}
