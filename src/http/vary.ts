import type { FastifyReply, FastifyRequest } from "fastify";
import { append } from "vary";

/** The headers of a request, beside its URL, that an answer depends on. */
const DEPENDS_ON = ["accept", "accept-encoding", "authorization"];

/** Tells caches what an answer depends on, added to what CORS says of it. */
export async function addVary(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header("vary", append(String(reply.getHeader("vary") ?? ""), DEPENDS_ON));
}
