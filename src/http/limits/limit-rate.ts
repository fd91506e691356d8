import { hash } from "node:crypto";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { ANYONE, NOBODY } from "../../access/viewer.ts";
import { Refused } from "../refused.ts";

/** Requests are counted over so many seconds, so that a dashboard may ask for all it shows at once. */
const WINDOW_S = 10;

/** How many tokens and addresses are counted; those that asked last. Some 100 bytes each. */
const COUNTED = 10_000;

/**
 * Counts a check of credentials that were not accepted lately, before it begins.
 * @returns takes it back: the credentials were accepted, or could not be checked.
 * @throws Refused when its address has had too many that were refused.
 */
export type CountAttempt = (request: FastifyRequest) => () => void;

/**
 * Bounds how many requests a second a token or an address may send, on average over ten seconds; 0: any number. Who
 * asks has to be known by then.
 * @returns counts the checks of credentials by their address.
 */
export async function limitRate(server: FastifyInstance, requestsPerSecond: number): Promise<CountAttempt> {
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
function createAttempts(requestsPerSecond: number): CountAttempt {
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
export function rateKey(request: FastifyRequest): string {
  const { viewer } = request;
  return viewer === ANYONE || viewer === NOBODY ? addressOf(request) : keyOf(viewer.id);
}

/** An IPv6 client has a whole /64 for itself. */
function addressOf({ ip }: FastifyRequest): string {
  return keyOf(normalizeIP(ip, 64));
}

/** 43 characters: an address is a slice of X-Forwarded-For, and a subject part of a JWT, of up to 16 KB each. */
function keyOf(client: string): string {
  return hash("sha256", client, "base64url");
}

function tooMany(requestsPerSecond: number, seconds: number): Refused {
  const message = `This token or address sends more than ${requestsPerSecond} requests a second; try again in ${seconds} s.`;
  return new Refused(429, "TOO_MANY_REQUESTS", message, seconds);
}
