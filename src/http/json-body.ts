import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { DEEPEST_JSON, JsonTooDeep, type JsonValue, parseUntrustedJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";
import { LargeBody } from "./large-requests/large-body.ts";
import { readBody } from "./read-body.ts";
import { Refused } from "./refused.ts";
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
    requireUtf8(request.headers["content-type"]);
    const { parts, bytes } = await readBody(request, payload, largest);
    if (bytes >= largeFrom) return new LargeBody(parts, bytes);
    const json = parseJsonBody(Buffer.concat(parts, bytes));
    requireSmallQuery(request, bytes, json, largestQuery);
    return json;
  };
}

/** Every parameter named charset, with what follows it. */
const CHARSET = /;\s*charset\b([^;]*)/gi;

/** @throws Refused for another charset: a firewall in front would check another text than is read here. */
function requireUtf8(contentType = ""): void {
  for (const [, charset = ""] of contentType.matchAll(CHARSET)) {
    if (/^\s*=\s*("?)utf-?8\1\s*$/i.test(charset)) continue;
    const message = "The body must be UTF-8: send Content-Type: application/json without a charset.";
    throw new Refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
  }
}

/**
 * Parses a request's body so that its numbers keep their digits.
 * @throws BadRequest when it is no JSON in UTF-8.
 */
function parseJsonBody(body: Buffer): JsonValue {
  try {
    return parseUntrustedJson(utf8.decode(body));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `The body must not be nested deeper than ${DEEPEST_JSON} levels.`;
      throw new BadRequest("BAD_USER_INPUT", message);
    }
    throw new BadRequest("BAD_REQUEST", "The body must be JSON in UTF-8.");
  }
}
