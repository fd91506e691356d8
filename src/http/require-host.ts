import type { FastifyRequest } from "fastify";
import { BadRequest } from "./bad-request.ts";

/** Refuses a request whose host (or protocol, as a proxy says) is none: the GraphQL handler makes a URL of it, and would fail. */
export async function requireHost(request: FastifyRequest): Promise<void> {
  if (!URL.canParse(`${request.protocol}://${request.hostname}/`)) {
    throw new BadRequest("BAD_REQUEST", "The Host header must name a host.");
  }
}
