import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ANYONE, NOBODY } from "../../access/viewer.ts";
import { Refused } from "../refused.ts";

/** Requests are counted over so many seconds, so that a dashboard may ask for all it shows at once. */
const WINDOW_S = 10;

/** How many tokens and addresses are counted; those that asked last. Some 100 bytes each. */
const COUNTED = 10_000;

/** Counts a request that is refused because nobody knows who asks. */
export type CountRefused = (request: FastifyRequest) => Promise<void>;

/**
 * Bounds how many requests a second a token or an address may send, on average over ten seconds; 0: any number. Who
 * asks has to be known by then.
 * @returns counts refused credentials by their address. @throws Refused when there were too many from there.
 */
export async function limitRate(server: FastifyInstance, requestsPerSecond: number): Promise<CountRefused> {
  if (requestsPerSecond === 0) return async () => {};
  const rule = { max: requestsPerSecond * WINDOW_S, timeWindow: WINDOW_S * 1_000, cache: COUNTED };
  await server.register(rateLimit, {
    ...rule,
    keyGenerator: rateKey,
    errorResponseBuilder: (_request, { ttl }) => tooMany(requestsPerSecond, Math.ceil(ttl / 1_000)),
  });
  const count = server.createRateLimit({ ...rule, keyGenerator: addressOf });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(requestsPerSecond, counted.ttlInSeconds);
  };
}

/** Who is counted: the token, or the address where there is none. */
export function rateKey(request: FastifyRequest): string {
  const { viewer } = request;
  return viewer === ANYONE || viewer === NOBODY ? addressOf(request) : viewer.id;
}

/** An IPv6 client has a whole /64 for itself. */
function addressOf({ ip }: FastifyRequest): string {
  return normalizeIP(ip, 64);
}

function tooMany(requestsPerSecond: number, seconds: number): Refused {
  const message = `This token or address sends more than ${requestsPerSecond} requests a second; try again in ${seconds} s.`;
  return new Refused(429, "TOO_MANY_REQUESTS", message, seconds);
}
