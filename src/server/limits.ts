import { hash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { ANONYMOUS, AUTH_DISABLED } from "../access/viewer.ts";
import { pluralize } from "../lib/text.ts";
import { HttpError, RETRY_AFTER_S } from "./errors.ts";
import { disconnectSlowClients, type SlowClients } from "./slow-clients.ts";
import { limitBodies, type UploadMemory } from "./upload-memory.ts";

/** The time in which a client must send its headers, and the interval in which Node.js checks it. */
export const CONNECTION_LIMITS = { http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 } };

/**
 * Adds limits to the routes that are added later, and to all connections of the server.
 * @returns counts the checks of unverified credentials.
 */
export async function addLimits(
  server: FastifyInstance,
  limits: HttpLimits,
  uploadMemory: UploadMemory,
): Promise<CountCredentialCheck> {
  const slowClients = disconnectSlowClients(server.server);
  const countCredentialCheck = await limitRate(server, limits.requestsPerSecond);
  limitConcurrency(server, limits.concurrentRequests, slowClients);
  limitBodies(server, limits.queryBytes, uploadMemory, rateKey);
  sendInChunks(server);
  return countCredentialCheck;
}

/** The limits of the web server. */
export interface HttpLimits {
  /** The largest body of a request that stores an estimate. */
  readonly bodyBytes: number;
  /** The largest body of any other request. */
  readonly queryBytes: number;
  /** The average rate of requests of one token or address; 0: unlimited. */
  readonly requestsPerSecond: number;
  /** The number of concurrent requests. */
  readonly concurrentRequests: number;
  /** The time in which a request must be answered, from when its body is received. */
  readonly requestTimeoutMs: number;
  /** The time after which an idle connection is closed. */
  readonly keepAliveMs: number;
}

/** The window in which requests are counted. It permits a dashboard to send all its requests at once. */
const WINDOW_S = 10;

/** The least recently used tokens and addresses beyond this number are dropped. Each takes about 100 bytes. */
const MAX_COUNTED_CLIENTS = 10_000;

/**
 * Counts a check of credentials that were not accepted recently, before it begins.
 * @returns reverts the count: the credentials were accepted, or could not be checked.
 * @throws HttpError when too many credentials of the address were rejected.
 */
export type CountCredentialCheck = (request: FastifyRequest) => () => void;

/**
 * Limits the rate of requests of one token or address, on average over ten seconds; 0: unlimited. Authentication must
 * run before.
 * @returns counts the checks of credentials by address.
 */
async function limitRate(server: FastifyInstance, requestsPerSecond: number): Promise<CountCredentialCheck> {
  if (requestsPerSecond === 0) return () => () => {};
  await server.register(rateLimit, {
    max: requestsPerSecond * WINDOW_S,
    timeWindow: WINDOW_S * 1_000,
    cache: MAX_COUNTED_CLIENTS,
    keyGenerator: rateKey,
    errorResponseBuilder: (_request, { ttl }) => rateLimitExceeded(requestsPerSecond, Math.ceil(ttl / 1_000)),
  });
  return createCredentialCheckCounter(requestsPerSecond);
}

/** The plugin's counter cannot be reverted: valid tokens of a busy address would exhaust its limit. */
function createCredentialCheckCounter(requestsPerSecond: number): CountCredentialCheck {
  const counts = new LRUCache<string, { checks: number }>({
    max: MAX_COUNTED_CLIENTS,
    ttl: WINDOW_S * 1_000,
  });
  return (request) => {
    const address = addressKey(request);
    const count = counts.get(address) ?? { checks: 0 };
    if (count.checks >= requestsPerSecond * WINDOW_S) {
      throw rateLimitExceeded(requestsPerSecond, Math.ceil(counts.getRemainingTTL(address) / 1_000));
    }
    if (!counts.has(address)) counts.set(address, count);
    count.checks++;
    return () => {
      count.checks--;
    };
  };
}

/** The token, or the address of a request without a token. */
function rateKey(request: FastifyRequest): string {
  const { viewer } = request;
  return viewer === AUTH_DISABLED || viewer === ANONYMOUS ? addressKey(request) : hashedKey(viewer.id);
}

/** An IPv6 client has a /64 network of its own. */
function addressKey({ ip }: FastifyRequest): string {
  return hashedKey(normalizeIP(ip, 64));
}

/** 43 characters: an address of X-Forwarded-For and the subject of a JWT may have up to 16 KB. */
function hashedKey(client: string): string {
  return hash("sha256", client, "base64url");
}

function rateLimitExceeded(requestsPerSecond: number, seconds: number): HttpError {
  const message = `This token or address sends more than ${requestsPerSecond} requests a second; try again in ${seconds} s.`;
  return new HttpError(429, "TOO_MANY_REQUESTS", message, seconds);
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the response of a route is streamed; default: false. */
    readonly isExport?: boolean;
  }
}

/**
 * The number of concurrent exports, as a share of the other requests. One processor writes about 27 MB of exports a
 * second, and the operating system buffers up to 4 MB of each: more at a time are not faster, and a client that
 * receives nothing would be detected late. (Of 200 concurrent exports some kept their connections longer than 15 s.)
 */
const EXPORT_SHARE = 0.25;

/**
 * Limits the number of concurrent requests, so that a burst neither fills the memory nor delays every request. Further
 * requests are rejected immediately; when all slots are in use, before the body is read. A request uses a slot from
 * when its body is received until its client has received the response. Exports have slots of their own: they are
 * streamed, and slow clients would occupy the slots of other requests. When all slots are in use, a client that
 * receives its response slowly loses its slot to the next request.
 */
export function limitConcurrency(server: FastifyInstance, limit: number, slowClients: SlowClients): void {
  const requests = new Slots(limit, `answers ${pluralize(limit, "other request")}`, slowClients);
  const exportLimit = Math.ceil(limit * EXPORT_SHARE);
  const exports = new Slots(exportLimit, `sends ${pluralize(exportLimit, "other export")}`, slowClients);
  const slotsFor = (reply: FastifyReply): Slots =>
    reply.routeOptions.config.isExport === true ? exports : requests;

  server.addHook("onRequest", (_request, reply, done) => done(slotsFor(reply).nextSlotError()));
  server.addHook("preHandler", (_request, reply, done) => {
    const slots = slotsFor(reply);
    const error = slots.nextSlotError();
    if (error === undefined) slots.acquire(reply);
    done(error);
  });
}

/** The slots of one kind of requests. */
class Slots {
  readonly #limit: number;
  readonly #activity: string;
  readonly #slowClients: SlowClients;
  readonly #inUse = new Set<ServerResponse>();

  constructor(limit: number, activity: string, slowClients: SlowClients) {
    this.#limit = limit;
    this.#activity = activity;
    this.#slowClients = slowClients;
  }

  acquire({ raw: response }: FastifyReply): void {
    // The client disconnected during authentication: no event would release the slot.
    if (response.closed) return;
    this.#inUse.add(response);
    response.once("close", () => this.#inUse.delete(response));
  }

  /** The error of the next request when no slot is free. */
  nextSlotError(): HttpError | undefined {
    if (this.#inUse.size < this.#limit) return;
    const disconnected = this.#slowClients.disconnectSlowest(this.#inUse);
    if (disconnected !== undefined && this.#inUse.delete(disconnected)) return;
    const message = `The server ${this.#activity} at the moment; try again.`;
    return new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
  }
}

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Returns a handler that fails after a timeout. The time runs from when the body is received, because an upload may take
 * longer. The work of the handler continues until its SQL ends, and its result is discarded.
 */
export function withTimeout(ms: number, handle: Handler): Handler {
  return async function handleWithTimeout(request, reply) {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(timedOut(ms)), ms);
    try {
      return await Promise.race([handle.call(this, request, reply), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function timedOut(ms: number): HttpError {
  return new HttpError(
    503,
    "SERVICE_UNAVAILABLE",
    `The request took longer than ${ms / 1_000} s. Request less data at a time; a store may be repeated with the same idempotency key.`,
    5,
  );
}

const CHUNK_BYTES = 64 * 1_024;

/** Responses up to this size fit into the buffers of the operating system. */
const UNSPLIT_BYTES = 4 * CHUNK_BYTES;

/** Sends large responses in chunks: the progress of a single write cannot be measured. */
function sendInChunks(server: FastifyInstance): void {
  server.addHook("onSend", (_request, reply, payload, done) => {
    if (typeof payload !== "string" || payload.length <= UNSPLIT_BYTES) return done(null, payload);
    const bytes = Buffer.from(payload);
    reply.header("content-length", bytes.length);
    done(null, Readable.from(chunksOf(bytes), { objectMode: false }));
  });
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}
