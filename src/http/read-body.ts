import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { BadRequest } from "./bad-request.ts";
import { Refused } from "./refused.ts";

/** A body, in the parts that it came in: to put 48 MB together blocked the event loop for 0.2 s. */
export interface Body {
  readonly parts: Buffer[];
  readonly bytes: number;
}

/**
 * Reads a body.
 * @throws Refused when it is larger than allowed, which is told before it is read if it is announced; BadRequest when
 * it breaks off.
 */
export async function readBody(request: FastifyRequest, payload: Readable, limit: number): Promise<Body> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of payload) {
      bytes += part.length;
      if (bytes > limit) throw tooLarge(limit);
      parts.push(part);
    }
  } catch (error) {
    const brokeOff = request.raw.errored !== null;
    throw brokeOff ? new BadRequest("BAD_REQUEST", "The body broke off.") : error;
  }
  return { parts, bytes };
}

function tooLarge(limit: number): Refused {
  return new Refused(413, "PAYLOAD_TOO_LARGE", `The body has more than the ${limit} bytes that are allowed.`);
}
