import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { includesScope } from "../../access/scope.ts";
import type { Viewer } from "../../access/viewer.ts";
import { createBudget } from "../budget.ts";
import { patience } from "../patience.ts";
import { Refused } from "../refused.ts";

/** How long a body waits unread. */
const PATIENCE_MS = 5_000;

/**
 * Bounds what bodies take of the memory. A small one is always read; those that are larger share a budget of bytes,
 * and wait for their part of it, unread, in the order in which they came.
 * @param smallBytes up to which size a body is small.
 * @param budgetBytes what larger ones have together: at least as much as the largest.
 */
export function limitBodies(server: FastifyInstance, smallBytes: number, budgetBytes: number): void {
  const budget = createBudget(budgetBytes);

  async function reserve(bytes: number, reply: FastifyReply): Promise<void> {
    const release = await budget.reserve(bytes, patience(PATIENCE_MS, tooBusy()));
    if (reply.raw.closed) release();
    else reply.raw.once("close", release);
  }

  server.addHook("preParsing", async ({ headers, viewer }, reply, payload) => {
    const announced = headers["content-length"];
    if (announced === undefined && headers["transfer-encoding"] === undefined) return payload;
    if (announced === undefined)
      return Readable.from(reserveWhenLarge(payload, viewer, reply), { objectMode: false });
    // What is larger than allowed is refused by its announcement.
    if (Number(announced) > smallBytes && Number(announced) <= budgetBytes) {
      requireStorer(viewer);
      await reserve(Number(announced), reply);
    }
    return payload;
  });

  /** A body of unknown length has a part of the budget as large as the largest body, once it is no longer small. */
  async function* reserveWhenLarge(payload: AsyncIterable<Buffer>, viewer: Viewer, reply: FastifyReply) {
    let received = 0;
    let reserved = false;
    for await (const chunk of payload) {
      received += chunk.length;
      if (received > smallBytes && !reserved) {
        requireStorer(viewer);
        await reserve(budgetBytes, reply);
        reserved = true;
      }
      yield chunk;
    }
  }

  /** Only a store is large. */
  function requireStorer({ scope }: Viewer): void {
    if (includesScope(scope, "write")) return;
    const message = `The body has more than the ${smallBytes} bytes that are allowed for what stores nothing, and this token may not store.`;
    throw new Refused(413, "PAYLOAD_TOO_LARGE", message);
  }
}

function tooBusy(): Refused {
  const message = "The server reads other large estimates at the moment; try again.";
  return new Refused(503, "SERVICE_UNAVAILABLE", message, PATIENCE_MS / 1_000);
}
