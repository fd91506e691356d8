import { createHash } from "node:crypto";
import type { GraphQLRequestContext } from "@apollo/server";
import fresh from "fresh";
import { ANYONE } from "../../access/viewer.ts";
import type { Context } from "../context.ts";
import { isLasting, type KeptAnswer } from "./kept-answer.ts";

/** A year, which is what "for ever" is in HTTP (RFC 9111 has no word for it). */
const FOR_EVER = "max-age=31536000, immutable";

/** What a token lets its bearer see is no proxy's to hand on to others. */
const FOR_EVER_TO_ONE = `private, ${FOR_EVER}`;

/**
 * Lets browsers and proxies keep an answer to a GET that can never change, and says so with 304 when the client has
 * it already. Only jobs that are asked for by their ids last: a list has new ones tomorrow.
 */
export function markLasting(
  answer: KeptAnswer,
  { request: { http }, response, contextValue }: GraphQLRequestContext<Context>,
): void {
  if (http?.method !== "GET" || !isLasting(answer)) return;
  // Weak: the same answer may be compressed, or of another media type.
  const etag = `W/"${createHash("sha1").update(answer.text).digest("base64url")}"`;
  response.http.headers.set("etag", etag);
  response.http.headers.set("cache-control", contextValue.viewer === ANYONE ? FOR_EVER : FOR_EVER_TO_ONE);
  // Not its Cache-Control, by which a fetch in Node.js with this header says "no-cache" whatever it wants.
  const known = http.headers.get("if-none-match");
  if (fresh({ "if-none-match": known }, { etag })) response.http.status = 304;
}
