import type { FastifyInstance } from "fastify";

/** How often it is looked whether the last request has ended. */
const LOOK_MS = 100;

/**
 * Prepares a server to be stopped: the function that is returned stops listening, lets the requests that are running
 * end, and then closes every connection. Fastify itself would wait for those that have not asked for anything yet,
 * which browsers keep in reserve, and Node.js for a minute.
 * @param graceMs what takes longer is cut off; its client may repeat it, for it has an idempotency key.
 */
export function closerOf(server: FastifyInstance, graceMs: number): () => Promise<void> {
  let running = 0;
  server.server.on("request", (_request, response) => {
    running++;
    response.once("close", () => running--);
  });
  return async () => {
    const deadline = Date.now() + graceMs;
    const looking = setInterval(() => {
      if (running === 0 || Date.now() > deadline) server.server.closeAllConnections();
    }, LOOK_MS);
    await server.close().finally(() => clearInterval(looking));
  };
}
