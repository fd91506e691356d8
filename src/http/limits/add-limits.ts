import type { FastifyInstance } from "fastify";
import { cutSlowClients } from "./cut-slow-clients.ts";
import type { HttpLimits } from "./http-limits.ts";
import { limitBodies } from "./limit-bodies.ts";
import { type CountAttempt, limitRate } from "./limit-rate.ts";
import { limitRunning } from "./limit-running.ts";
import { sendInParts } from "./send-in-parts.ts";
import type { UploadMemory } from "./upload-memory.ts";

/** How long Node.js waits for a connection's headers; it looks every second. */
export const CONNECTION_LIMITS = { http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 } };

/**
 * Puts limits on the routes of a server that are added after this, and on all its connections.
 * @returns what counts the checks of unproven credentials.
 */
export async function addLimits(
  server: FastifyInstance,
  limits: HttpLimits,
  uploadMemory: UploadMemory,
): Promise<CountAttempt> {
  const slowClients = cutSlowClients(server.server);
  const countAttempt = await limitRate(server, limits.requestsPerSecond);
  limitRunning(server, limits.running, slowClients);
  limitBodies(server, limits.queryBytes, uploadMemory);
  sendInParts(server);
  return countAttempt;
}
