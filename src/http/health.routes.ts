import type { FastifyInstance } from "fastify";

/** Whether requests should be sent here: "ready", or what it is that keeps them from being answered. */
export type Readiness =
  | "ready"
  | "waiting for the database"
  | "the database does not answer"
  | "the database accepts no writes"
  | "the database is behind this version"
  | "stopping";

/** Health: live while the process answers, ready while requests should be sent here. */
export function addHealthRoutes(server: FastifyInstance, readiness: () => Promise<Readiness>): void {
  server.get("/health/live", () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const status = await readiness();
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
}
