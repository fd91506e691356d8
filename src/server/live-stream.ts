import { Readable } from "node:stream";
import { type ApolloServer, HeaderMap } from "@apollo/server";
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  onRequestHookHandler,
} from "fastify";
import { AUTH_DISABLED } from "../access/viewer.ts";
import type { Context } from "../graphql/context.ts";
import { DomainError } from "../lib/errors.ts";
import { pluralize } from "../lib/text.ts";
import type { JobEvents } from "../live/job-events.ts";
import { outsideOfRequests } from "../live/shared-work.ts";
import { streamStarted } from "../telemetry/current-request.ts";
import { HttpError } from "./errors.ts";
import { STREAM_PATH, type StartedSubscription, type StreamRequestContext } from "./graphql/subscription.ts";
import type { Authenticate } from "./identify-viewer.ts";
import { rateKey, within } from "./limits.ts";
import { requestHook } from "./request-checks.ts";

/** The settings of streams. */
export interface StreamLimits {
  /** The number of open streams. */
  readonly open: number;
  /** The longest time without an event, and between two checks of the credentials. */
  readonly heartbeatMs: number;
}

interface StreamOptions {
  readonly apollo: ApolloServer<Context>;
  readonly jobEvents: JobEvents;
  readonly createContext: (request: FastifyRequest) => Context;
  readonly authenticate: Authenticate;
  readonly limits: StreamLimits;
  /** The time in which a stream must start. */
  readonly startTimeoutMs: number;
  /** Hooks that run before the body is read. They authenticate the request. */
  readonly onRequest: readonly (onRequestHookHandler | onRequestAsyncHookHandler)[];
}

/** The part of the streams that one token or address may have open. */
const CLIENT_SHARE = 0.25;

/** The delay before a refused client should try again: a closed tab ends its stream at once. */
const RETRY_AFTER_S = 5;

/** Streams are answers that never end: neither compressed, which would buffer events, nor stored, nor buffered by nginx. */
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/** Events up to this size are sent together. */
const CHUNK_BYTES = 64 * 1_024;

/**
 * Adds the route of subscriptions, by the protocol of graphql-sse in distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). graphql-sse's own handler has a queue without a
 * limit for each stream, and serializes each event for each stream. Errors before the first event are answered as at
 * /graphql, with a status and JSON.
 */
export function addLiveStream(server: FastifyInstance, options: StreamOptions): void {
  const slots = new StreamSlots(options.limits.open);
  server.route({
    method: "POST",
    url: STREAM_PATH,
    config: { isStream: true },
    compress: false,
    onRequest: [
      ...options.onRequest,
      requestHook(
        (request, reply) => requireEventStream(request.headers.accept, reply),
        (request, reply) => slots.acquire(rateKey(request), reply),
      ),
    ],
    handler: async (request, reply) => {
      const end = new AbortController();
      reply.raw.once("close", () => end.abort());
      let started: StartedSubscription | undefined;
      const context: StreamRequestContext = {
        ...options.createContext(request),
        createContext: () => options.createContext(request),
        jobEvents: options.jobEvents,
        end,
        onStart: (subscription) => {
          started = subscription;
        },
      };
      const refusal = await within(options.startTimeoutMs, start(options.apollo, request.body, context));
      if (started === undefined)
        return reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
      if (request.viewer !== AUTH_DISABLED) checkCredentials(request, options, end);
      streamStarted();
      return reply.headers(HEADERS).send(Readable.from(eventsOf(started, end.signal), { objectMode: false }));
    },
  });
}

/** @throws HttpError for a client that cannot read events. */
function requireEventStream(accept: string | undefined, reply: FastifyReply): void {
  if (accept === undefined || /text\/event-stream|text\/\*|\*\/\*/i.test(accept)) return;
  reply.header("accept", "text/event-stream");
  throw new HttpError(
    406,
    "NOT_ACCEPTABLE",
    `${STREAM_PATH} answers with text/event-stream: send Accept: text/event-stream.`,
  );
}

/** Apollo Server parses, checks and starts the operation. Its answer is sent only if the operation did not start. */
async function start(apollo: ApolloServer<Context>, body: unknown, context: StreamRequestContext) {
  const {
    status,
    headers,
    body: answer,
  } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: "POST",
      headers: new HeaderMap([
        ["content-type", "application/json"],
        ["accept", "application/graphql-response+json"],
      ]),
      search: "",
      body,
    },
    context: async () => context,
  });
  if (answer.kind !== "complete") throw new Error("The answer to a subscription has several parts.");
  return { status: status ?? 200, headers: Object.fromEntries(headers), body: answer.string };
}

/** Ends the stream when its credentials are not accepted any more. */
function checkCredentials(
  { headers: { authorization } }: FastifyRequest,
  { authenticate, limits }: StreamOptions,
  end: AbortController,
): void {
  const timer = setInterval(async () => {
    try {
      await outsideOfRequests(() => authenticate(authorization, () => {}));
    } catch (error) {
      // Otherwise the credentials cannot be checked now.
      if (error instanceof DomainError && error.code !== "SERVICE_UNAVAILABLE") end.abort(error);
    }
  }, limits.heartbeatMs).unref();
  end.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/**
 * The bytes of a stream. They are written when the client has received the ones before, so that a slow client has no
 * queue. A stream that the server ends has no event "complete", after which clients do not connect again; a stream whose
 * credentials are refused has one.
 */
async function* eventsOf(
  { batches, resultsOf }: StartedSubscription,
  ended: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const batch of batches) {
    const texts = (await resultsOf(batch)).map((result) => `event: next\ndata: ${result}\n\n`);
    yield* chunksOf(texts);
    if (ended.aborted) break;
  }
  const { reason } = ended;
  if (!(reason instanceof DomainError)) return;
  const errors = [{ message: reason.message, extensions: { code: reason.code } }];
  yield Buffer.from(`event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`);
}

function* chunksOf(texts: readonly string[]): Generator<Buffer> {
  const all = texts.join("");
  if (all.length <= CHUNK_BYTES) yield Buffer.from(all);
  else yield* texts.map((text) => Buffer.from(text));
}

/** The open streams of all clients. */
class StreamSlots {
  readonly #limit: number;
  readonly #clientLimit: number;
  readonly #byClient = new Map<string, number>();
  #inUse = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#clientLimit = Math.ceil(limit * CLIENT_SHARE);
  }

  /**
   * Occupies a slot until the response is closed.
   * @throws HttpError when the client, or all clients together, have too many streams.
   */
  acquire(client: string, { raw: response }: FastifyReply): void {
    const ofClient = this.#byClient.get(client) ?? 0;
    if (ofClient >= this.#clientLimit) {
      const message = `This token or address has ${pluralize(ofClient, "open stream")}, and may not have more; close one, and try again.`;
      throw new HttpError(429, "TOO_MANY_REQUESTS", message, RETRY_AFTER_S);
    }
    if (this.#inUse >= this.#limit) {
      const message = `The server has ${pluralize(this.#limit, "open stream")}, and accepts no more at the moment; try again.`;
      throw new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
    }
    // The client disconnected during authentication: no event would release the slot.
    if (response.closed) return;
    this.#inUse++;
    this.#byClient.set(client, ofClient + 1);
    response.once("close", () => this.#release(client));
  }

  #release(client: string): void {
    this.#inUse--;
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, left);
  }
}
