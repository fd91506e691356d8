import type { FastifyRequest } from "fastify";
import type { JsonValue } from "../json.ts";
import { Refused } from "./refused.ts";
import { isRestRequest } from "./send-refusal.ts";

/**
 * Refuses a large body that stores nothing: only an estimate is large. /graphql takes both, and which of them it is
 * shows when the body has been read; until then its size is bounded as a store's is.
 */
export function requireSmallQuery(
  request: FastifyRequest,
  bytes: number,
  body: JsonValue,
  limit: number,
): void {
  if (bytes <= limit || isRestRequest(request) || asksToStore(body)) return;
  const message = `The body has ${bytes} bytes, and ${limit} are allowed for what stores nothing.`;
  throw new Refused(413, "PAYLOAD_TOO_LARGE", message);
}

/** A query that only mentions the word gains nothing by it. */
function asksToStore(body: JsonValue): boolean {
  if (typeof body !== "object" || body === null || !("query" in body)) return false;
  return typeof body.query === "string" && /\bmutation\b/.test(body.query);
}
