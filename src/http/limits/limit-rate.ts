import { createHash } from "node:crypto";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Refused } from "../refused.ts";

/** Requests are counted over so many seconds, so that a dashboard may ask for all it shows at once. */
const WINDOW_S = 10;

/** How many tokens and addresses are counted; those that asked last. Some 100 bytes each. */
const COUNTED = 10_000;

/** Bounds how many requests a second a token or an address may send, on average over ten seconds; 0: any number. */
export async function limitRate(server: FastifyInstance, requestsPerSecond: number): Promise<void> {
  if (requestsPerSecond === 0) return;
  await server.register(rateLimit, {
    max: requestsPerSecond * WINDOW_S,
    timeWindow: WINDOW_S * 1_000,
    cache: COUNTED,
    keyGenerator: rateKey,
    errorResponseBuilder: (_request, { ttl }) => tooMany(requestsPerSecond, Math.ceil(ttl / 1_000)),
  });
}

/** Who is counted: the token that is sent, by its hash; without one the address. */
export function rateKey({ headers, ip }: FastifyRequest): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  // An IPv6 client has a whole /64 for itself.
  return token === undefined ? normalizeIP(ip, 64) : createHash("sha256").update(token).digest("base64url");
}

function tooMany(requestsPerSecond: number, seconds: number): Refused {
  const message = `This token or address sends more than ${requestsPerSecond} requests a second; try again in ${seconds} s.`;
  return new Refused(429, "TOO_MANY_REQUESTS", message, seconds);
}
