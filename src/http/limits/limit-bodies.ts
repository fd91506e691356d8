import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { createBudget } from "./budget.ts";

/**
 * Bounds what bodies take of the memory. A small one is always read; those that are larger share a budget of bytes,
 * and wait for their part of it, unread, in the order in which they came.
 * @param smallBytes up to which size a body is small.
 * @param budgetBytes what larger ones have together: at least as much as the largest.
 */
export function limitBodies(server: FastifyInstance, smallBytes: number, budgetBytes: number): void {
  const budget = createBudget(budgetBytes);

  async function reserve(bytes: number, reply: FastifyReply): Promise<void> {
    const release = await budget.reserve(bytes);
    if (reply.raw.closed) release();
    else reply.raw.once("close", release);
  }

  server.addHook("preParsing", async ({ headers }, reply, payload) => {
    const announced = headers["content-length"];
    if (announced === undefined && headers["transfer-encoding"] === undefined) return payload;
    if (announced === undefined)
      return Readable.from(reserveWhenLarge(payload, reply), { objectMode: false });
    // What is larger than allowed is refused by its announcement.
    if (Number(announced) > smallBytes && Number(announced) <= budgetBytes)
      await reserve(Number(announced), reply);
    return payload;
  });

  /** A body of unknown length has a part of the budget as large as the largest body, once it is no longer small. */
  async function* reserveWhenLarge(payload: AsyncIterable<Buffer>, reply: FastifyReply) {
    let received = 0;
    let reserved = false;
    for await (const chunk of payload) {
      received += chunk.length;
      if (received > smallBytes && !reserved) {
        await reserve(budgetBytes, reply);
        reserved = true;
      }
      yield chunk;
    }
  }
}
