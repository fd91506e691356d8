import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { DEEPEST_JSON, JsonTooDeep, type JsonValue, parseUntrustedJson } from "../lib/json.ts";
import { HttpError, isRestRequest } from "./errors.ts";

/** Refuses bytes that are not UTF-8: putting U+FFFD in their place would store another text than was sent. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Which bodies are taken, and where they are parsed. */
interface BodyRules {
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

/** @throws HttpError for another charset: a firewall in front would check another text than is read here. */
function requireUtf8(contentType = ""): void {
  for (const [, charset = ""] of contentType.matchAll(CHARSET)) {
    if (/^\s*=\s*("?)utf-?8\1\s*$/i.test(charset)) continue;
    const message = "The body must be UTF-8: send Content-Type: application/json without a charset.";
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message);
  }
}

/**
 * Parses a request's body so that its numbers keep their digits.
 * @throws HttpError when it is no JSON in UTF-8.
 */
function parseJsonBody(body: Buffer): JsonValue {
  try {
    return parseUntrustedJson(utf8.decode(body));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `The body must not be nested deeper than ${DEEPEST_JSON} levels.`;
      throw new HttpError(400, "BAD_USER_INPUT", message);
    }
    throw new HttpError(400, "BAD_REQUEST", "The body must be JSON in UTF-8.");
  }
}

/** A body, in the parts that it came in: to put 48 MB together blocked the event loop for 0.2 s. */
interface Body {
  readonly parts: Buffer[];
  readonly bytes: number;
}

/**
 * Reads a body.
 * @throws HttpError when it is larger than allowed, which is told before it is read if it is announced; HttpError when
 * it breaks off.
 */
async function readBody(request: FastifyRequest, payload: Readable, limit: number): Promise<Body> {
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
    throw brokeOff ? new HttpError(400, "BAD_REQUEST", "The body broke off.") : error;
  }
  return { parts, bytes };
}

function tooLarge(limit: number): HttpError {
  return new HttpError(
    413,
    "PAYLOAD_TOO_LARGE",
    `The body has more than the ${limit} bytes that are allowed.`,
  );
}

/**
 * Refuses a large body that stores nothing: only an estimate is large. /graphql takes both, and which of them it is
 * shows when the body has been read; until then its size is bounded as a store's is.
 */
function requireSmallQuery(request: FastifyRequest, bytes: number, body: JsonValue, limit: number): void {
  if (bytes <= limit || isRestRequest(request) || asksToStore(body)) return;
  const message = `The body has ${bytes} bytes, and ${limit} are allowed for what stores nothing.`;
  throw new HttpError(413, "PAYLOAD_TOO_LARGE", message);
}

/** A query that only mentions the word gains nothing by it. */
function asksToStore(body: JsonValue): boolean {
  if (typeof body !== "object" || body === null || !("query" in body)) return false;
  return typeof body.query === "string" && /\bmutation\b/.test(body.query);
}

/**
 * From this many bytes on a body is parsed in another thread. Reading and checking takes about 0.1 ms a kilobyte, in
 * which nobody else is answered: 25 ms for one of this size (500 resources), 5 s for 100,000 resources.
 */
export const LARGE_BODY_BYTES = 262_144;

/** The body of a request that another thread shall answer, in the parts that it came in. */
export class LargeBody {
  readonly parts: Buffer[];
  readonly bytes: number;

  constructor(parts: Buffer[], bytes: number) {
    this.parts = parts;
    this.bytes = bytes;
  }
}
