import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { type JsonValue, parseJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";
import { LargeBody } from "./large-requests/large-body.ts";
import { readBody } from "./read-body.ts";
import { requireSmallQuery } from "./require-small-query.ts";

/** Refuses bytes that are not UTF-8: putting U+FFFD in their place would store another text than was sent. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Which bodies are taken, and where they are parsed. */
export interface BodyRules {
  /** The largest body, in bytes. */
  readonly largest: number;
  /** The largest body that stores nothing, in bytes. */
  readonly largestQuery: number;
  /** From this many bytes on another thread parses it. */
  readonly largeFrom: number;
}

/** The parser of bodies. */
export function jsonBodyParser({ largest, largestQuery, largeFrom }: BodyRules) {
  return async (request: FastifyRequest, payload: Readable): Promise<JsonValue | LargeBody> => {
    const { parts, bytes } = await readBody(request, payload, largest);
    if (bytes >= largeFrom) return new LargeBody(parts, bytes);
    const json = parseJsonBody(Buffer.concat(parts, bytes));
    requireSmallQuery(request, bytes, json, largestQuery);
    return json;
  };
}

/**
 * Parses a request's body so that its numbers keep their digits.
 * @throws BadRequest when it is no JSON in UTF-8.
 */
function parseJsonBody(body: Buffer): JsonValue {
  try {
    return parseJson(utf8.decode(body));
  } catch (error) {
    // The parser recurses, so what is nested thousands of levels deep overflows the stack.
    if (error instanceof RangeError) {
      throw new BadRequest("BAD_USER_INPUT", "The body must not be nested thousands of levels deep.");
    }
    throw new BadRequest("BAD_REQUEST", "The body must be JSON in UTF-8.");
  }
}
