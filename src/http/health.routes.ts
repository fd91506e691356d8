import type { FastifyInstance } from "fastify";

/** Health: live while the process answers, ready while the database does. */
export function addHealthRoutes(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  server.get("/health/live", () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) =>
    (await isReady())
      ? { status: "ready" }
      : reply.code(503).send({ status: "the database does not answer" }),
  );
}
