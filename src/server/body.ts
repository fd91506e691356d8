import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { JsonTooDeep, type JsonValue, MAX_JSON_DEPTH, parseUntrustedJson } from "../lib/json.ts";
import { HttpError, isRestRequest } from "./errors.ts";

/** Rejects bytes that are not UTF-8: a replacement by U+FFFD would store a different text. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The limits of bodies, in bytes. */
interface BodyLimits {
  readonly maxBytes: number;
  /** The limit of a request that stores nothing. */
  readonly maxQueryBytes: number;
  /** The size from which another thread parses the body. */
  readonly largeBytes: number;
}

/** Returns the parser of JSON bodies. */
export function jsonBodyParser({ maxBytes, maxQueryBytes, largeBytes }: BodyLimits) {
  return async (request: FastifyRequest, payload: Readable): Promise<JsonValue | LargeBody> => {
    requireUtf8(request.headers["content-type"]);
    const { chunks, bytes } = await readBody(request, payload, maxBytes);
    if (bytes >= largeBytes) return new LargeBody(chunks, bytes);
    const json = parseJsonBody(Buffer.concat(chunks, bytes));
    requireSmallQuery(request, bytes, json, maxQueryBytes);
    return json;
  };
}

/** Every charset parameter with its value. */
const CHARSET = /;\s*charset\b([^;]*)/gi;

/** @throws HttpError for another charset: a firewall in front of the server would check a different text. */
function requireUtf8(contentType = ""): void {
  for (const [, charset = ""] of contentType.matchAll(CHARSET)) {
    if (/^\s*=\s*("?)utf-?8\1\s*$/i.test(charset)) continue;
    const message = "The body must be UTF-8: send Content-Type: application/json without a charset.";
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message);
  }
}

/**
 * Parses a request body; its numbers keep their digits.
 * @throws HttpError when the body is not JSON in UTF-8.
 */
function parseJsonBody(body: Buffer): JsonValue {
  try {
    return parseUntrustedJson(utf8.decode(body));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `The body must not be nested deeper than ${MAX_JSON_DEPTH} levels.`;
      throw new HttpError(400, "BAD_USER_INPUT", message);
    }
    throw new HttpError(400, "BAD_REQUEST", "The body must be JSON in UTF-8.");
  }
}

/** A body in chunks, as received: the concatenation of 48 MB blocked the event loop for 0.2 s. */
interface Body {
  readonly chunks: Buffer[];
  readonly bytes: number;
}

/** @throws HttpError when the body exceeds the limit (by Content-Length before it is read), or when it is incomplete. */
async function readBody(request: FastifyRequest, payload: Readable, limit: number): Promise<Body> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  const rejectIncomplete = () => reject(new HttpError(400, "BAD_REQUEST", "The body is incomplete."));
  const chunks: Buffer[] = [];
  let bytes = 0;
  // An asynchronous iteration would add a promise for each chunk, and the listeners of stream.finished().
  payload
    .on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limit) return;
      payload.pause();
      reject(tooLarge(limit));
    })
    .once("end", () => resolve({ chunks, bytes }))
    .once("error", (error) => (request.raw.errored === null ? reject(error) : rejectIncomplete()))
    .once("close", () => payload.readableEnded || rejectIncomplete());
  // The connection may have closed during authentication.
  if (payload.destroyed) rejectIncomplete();
  return promise;
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, "PAYLOAD_TOO_LARGE", `The body exceeds the limit of ${limit} bytes.`);
}

/**
 * Rejects a large body that stores nothing. /graphql accepts queries and stores, which can be told apart only when the
 * body has been read; until then the limit of a store applies.
 */
function requireSmallQuery(request: FastifyRequest, bytes: number, body: JsonValue, limit: number): void {
  if (bytes <= limit || isRestRequest(request) || isMutation(body)) return;
  const message = `The body of ${bytes} bytes exceeds the limit of ${limit} bytes for requests that store nothing.`;
  throw new HttpError(413, "PAYLOAD_TOO_LARGE", message);
}

/** A query that only contains the word gains nothing. */
function isMutation(body: JsonValue): boolean {
  if (typeof body !== "object" || body === null || !("query" in body)) return false;
  return typeof body.query === "string" && /\bmutation\b/.test(body.query);
}

/**
 * The size from which a body is parsed in another thread. Parsing and validation block the event loop for about 0.1 ms
 * a kilobyte: 25 ms for a body of this size (500 resources), 5 s for 100,000 resources.
 */
export const LARGE_BODY_BYTES = 262_144;

/** The body of a request for the other thread. */
export class LargeBody {
  readonly chunks: Buffer[];
  readonly bytes: number;

  constructor(chunks: Buffer[], bytes: number) {
    this.chunks = chunks;
    this.bytes = bytes;
  }
}
