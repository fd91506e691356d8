import { createHash } from "node:crypto";
import type { GraphQLRequestContext } from "@apollo/server";
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
  { request, response, contextValue }: GraphQLRequestContext<Context>,
): void {
  if (request.http?.method !== "GET" || !isLasting(answer)) return;
  const etag = `"${createHash("sha1").update(answer.text).digest("base64url")}"`;
  response.http.headers.set("etag", etag);
  response.http.headers.set("cache-control", contextValue.viewer === ANYONE ? FOR_EVER : FOR_EVER_TO_ONE);
  if (contextValue.viewer !== ANYONE) response.http.headers.set("vary", "authorization");
  if (request.http.headers.get("if-none-match") === etag) response.http.status = 304;
}
