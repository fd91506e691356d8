import type { FastifyRequest } from "fastify";
import { type JsonValue, parseJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";
import { requireSmallQuery } from "./require-small-query.ts";

/** Refuses bytes that are not UTF-8: putting U+FFFD in their place would store another text than was sent. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The parser of bodies, of which those that store nothing are small. */
export function jsonBodyParser(largestQuery: number) {
  return async (request: FastifyRequest, body: Buffer): Promise<JsonValue> => {
    const json = readJsonBody(body);
    requireSmallQuery(request, body.length, json, largestQuery);
    return json;
  };
}

/** Parses a body so that its numbers keep their digits. */
function readJsonBody(body: Buffer): JsonValue {
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
