import { hash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { ANONYMOUS, AUTH_DISABLED } from "../access/viewer.ts";
import { pluralize } from "../lib/text.ts";
import { HttpError } from "./errors.ts";
import { cutSlowClients, type SlowClients } from "./slow-clients.ts";
import { limitBodies, type UploadMemory } from "./upload-memory.ts";

/** How long Node.js waits for a connection's headers; it looks every second. */
export const CONNECTION_LIMITS = { http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 } };

/**
 * Puts limits on the routes of a server that are added after this, and on all its connections.
 * @returns what counts the checks of unproven credentials.
 */
export async function addLimits(
  server: FastifyInstance,
  limits: HttpLimits,
  uploadMemory: UploadMemory,
): Promise<CountCredentialCheck> {
  const slowClients = cutSlowClients(server.server);
  const countAttempt = await limitRate(server, limits.requestsPerSecond);
  limitRunning(server, limits.running, slowClients);
  limitBodies(server, limits.queryBytes, uploadMemory, rateKey);
  sendInParts(server);
  return countAttempt;
}

/** What the web server allows. */
export interface HttpLimits {
  /** The largest body of a store, in bytes. */
  readonly bodyBytes: number;
  /** The largest body of anything else, in bytes. */
  readonly queryBytes: number;
  /** How many requests a second a token or an address may send on average; 0: any number. */
  readonly requestsPerSecond: number;
  /** How many requests may run at the same time. */
  readonly running: number;
  /** How long the server may work on an answer. */
  readonly requestTimeoutMs: number;
  /** How long a connection without a request stays open. */
  readonly keepAliveMs: number;
}

/** Requests are counted over so many seconds, so that a dashboard may ask for all it shows at once. */
const WINDOW_S = 10;

/** How many tokens and addresses are counted; those that asked last. Some 100 bytes each. */
const COUNTED = 10_000;

/**
 * Counts a check of credentials that were not accepted lately, before it begins.
 * @returns takes it back: the credentials were accepted, or could not be checked.
 * @throws HttpError when its address has had too many that were refused.
 */
export type CountCredentialCheck = (request: FastifyRequest) => () => void;

/**
 * Bounds how many requests a second a token or an address may send, on average over ten seconds; 0: any number. Who
 * asks has to be known by then.
 * @returns counts the checks of credentials by their address.
 */
async function limitRate(server: FastifyInstance, requestsPerSecond: number): Promise<CountCredentialCheck> {
  if (requestsPerSecond === 0) return () => () => {};
  await server.register(rateLimit, {
    max: requestsPerSecond * WINDOW_S,
    timeWindow: WINDOW_S * 1_000,
    cache: COUNTED,
    keyGenerator: rateKey,
    errorResponseBuilder: (_request, { ttl }) => tooMany(requestsPerSecond, Math.ceil(ttl / 1_000)),
  });
  return createAttempts(requestsPerSecond);
}

/** The plugin's own counter cannot take back: valid tokens of a busy address would use its limit up. */
function createAttempts(requestsPerSecond: number): CountCredentialCheck {
  const counts = new LRUCache<string, { attempts: number }>({ max: COUNTED, ttl: WINDOW_S * 1_000 });
  return (request) => {
    const address = addressOf(request);
    const count = counts.get(address) ?? { attempts: 0 };
    if (count.attempts >= requestsPerSecond * WINDOW_S) {
      throw tooMany(requestsPerSecond, Math.ceil(counts.getRemainingTTL(address) / 1_000));
    }
    if (!counts.has(address)) counts.set(address, count);
    count.attempts++;
    return () => {
      count.attempts--;
    };
  };
}

/** Who is counted: the token, or the address where there is none. */
function rateKey(request: FastifyRequest): string {
  const { viewer } = request;
  return viewer === AUTH_DISABLED || viewer === ANONYMOUS ? addressOf(request) : keyOf(viewer.id);
}

/** An IPv6 client has a whole /64 for itself. */
function addressOf({ ip }: FastifyRequest): string {
  return keyOf(normalizeIP(ip, 64));
}

/** 43 characters: an address is a slice of X-Forwarded-For, and a subject part of a JWT, of up to 16 KB each. */
function keyOf(client: string): string {
  return hash("sha256", client, "base64url");
}

function tooMany(requestsPerSecond: number, seconds: number): HttpError {
  const message = `This token or address sends more than ${requestsPerSecond} requests a second; try again in ${seconds} s.`;
  return new HttpError(429, "TOO_MANY_REQUESTS", message, seconds);
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a route's answer is made while it is sent; left out: no. */
    readonly isExport?: boolean;
  }
}

/** So many seconds later most of those that run have ended: they take milliseconds. */
const RETRY_AFTER_S = 1;

/**
 * A quarter as many exports as other requests. One processor makes about 27 MB of them a second, and the system takes
 * 4 MB of each that its client has not asked for: more at a time would be no faster, and who takes nothing would be
 * noticed late. (200 at once held some of their connections for longer than 15 s.)
 */
const EXPORTS = 0.25;

/**
 * Bounds how many of a server's requests run at the same time, so that a rush of them neither fills the memory nor
 * makes everybody wait. The rest is refused at once: when the server is busy already before the body is read. A
 * request runs from when its body is there until the client has its answer. Exports have places of their own: they
 * are made as they are taken, so that slow clients would keep the places of others for long. When all places are
 * taken, a client that takes its answer slowly loses its place to the next one.
 */
export function limitRunning(server: FastifyInstance, limit: number, slowClients: SlowClients): void {
  const requests = new Slots(limit, `answers ${pluralize(limit, "other request")}`, slowClients);
  const exportLimit = Math.ceil(limit * EXPORTS);
  const exports = new Slots(exportLimit, `sends ${pluralize(exportLimit, "other export")}`, slowClients);
  const placesFor = (reply: FastifyReply): Slots =>
    reply.routeOptions.config.isExport === true ? exports : requests;

  server.addHook("onRequest", (_request, reply, done) => done(placesFor(reply).refusal()));
  server.addHook("preHandler", (_request, reply, done) => {
    const places = placesFor(reply);
    const refusal = places.refusal();
    if (refusal === undefined) places.take(reply);
    done(refusal);
  });
}

/** What of one kind runs at the same time. */
class Slots {
  readonly #limit: number;
  readonly #fullBecause: string;
  readonly #slowClients: SlowClients;
  readonly #taken = new Set<ServerResponse>();

  constructor(limit: number, fullBecause: string, slowClients: SlowClients) {
    this.#limit = limit;
    this.#fullBecause = fullBecause;
    this.#slowClients = slowClients;
  }

  take({ raw: response }: FastifyReply): void {
    // Its client has hung up while it was found out who asks: nothing would free the place.
    if (response.closed) return;
    this.#taken.add(response);
    response.once("close", () => this.#taken.delete(response));
  }

  /** What the next one is told when there is no place for it. */
  refusal(): HttpError | undefined {
    if (this.#taken.size < this.#limit) return;
    const cut = this.#slowClients.cutSlowest(this.#taken);
    if (cut !== undefined && this.#taken.delete(cut)) return;
    const message = `The server ${this.#fullBecause} at the moment; try again.`;
    return new HttpError(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
  }
}

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * A handler that gives up after so long. The time runs from when the body is there: an upload takes as long as it
 * takes. What the handler does goes on until the database has an end of it, and its answer goes nowhere.
 */
export function answerWithin(ms: number, handle: Handler): Handler {
  return async function handleWithin(request, reply) {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(tooLong(ms)), ms);
    try {
      return await Promise.race([handle.call(this, request, reply), promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function tooLong(ms: number): HttpError {
  return new HttpError(
    503,
    "SERVICE_UNAVAILABLE",
    `The answer took longer than ${ms / 1_000} s. Ask for less at a time; a store may be repeated with the same idempotency key.`,
    5,
  );
}

const PART_BYTES = 64 * 1_024;

/** Answers up to this size fit into the operating system's buffers. */
const WHOLE_BYTES = 4 * PART_BYTES;

/** Sends large answers in parts: of one in a single piece nobody can tell whether the client takes it. */
function sendInParts(server: FastifyInstance): void {
  server.addHook("onSend", async (_request, reply, payload) => {
    if (typeof payload !== "string" || payload.length <= WHOLE_BYTES) return payload;
    const bytes = Buffer.from(payload);
    reply.header("content-length", bytes.length);
    return Readable.from(partsOf(bytes), { objectMode: false });
  });
}

function* partsOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += PART_BYTES) {
    yield bytes.subarray(start, start + PART_BYTES);
  }
}
