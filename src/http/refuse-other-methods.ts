import type { FastifyInstance } from "fastify";
import { sendRefusal } from "./send-refusal.ts";

/** Refuses the methods that a URL does not serve, naming those that it does. */
export function refuseOtherMethods(server: FastifyInstance, url: string, methods: readonly string[]): void {
  const served = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : [])]);
  const allow = [...served].join(", ");
  server.route({
    method: server.supportedMethods.filter((method) => !served.has(method)),
    url,
    // Before the body is read: its type and size are nothing that has to be right.
    onRequest: async (request, reply) => {
      const detail = `${request.method} is not allowed here; allowed is ${allow}.`;
      return sendRefusal(request, reply.header("allow", allow), {
        status: 405,
        code: "METHOD_NOT_ALLOWED",
        detail,
      });
    },
    handler: () => {},
  });
}
