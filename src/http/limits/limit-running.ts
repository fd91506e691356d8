import type { ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";
import { countOf } from "../../count-of.ts";
import { Refused } from "../refused.ts";
import type { SlowClients } from "./cut-slow-clients.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a route's answer is made while it is sent; left out: no. */
    readonly isExport?: boolean;
  }
}

/** So many seconds later most of those that run have ended: they take milliseconds. */
const RETRY_AFTER_S = 1;

/**
 * A quarter as many exports as other requests. One processor makes about 27 MB of them a second, and the system takes
 * 4 MB of each that its client has not asked for: more at a time would be no faster, and who takes nothing would be
 * noticed late. (200 at once held some of their connections for longer than 15 s.)
 */
const EXPORTS = 0.25;

/**
 * Bounds how many of a server's requests run at the same time, so that a rush of them neither fills the memory nor
 * makes everybody wait. The rest is refused at once: when the server is busy already before the body is read. A
 * request runs from when its body is there until the client has its answer. Exports have places of their own: they
 * are made as they are taken, so that slow clients would keep the places of others for long. When all places are
 * taken, a client that takes its answer slowly loses its place to the next one.
 */
export function limitRunning(server: FastifyInstance, limit: number, slowClients: SlowClients): void {
  const requests = new Places(limit, `answers ${countOf(limit, "other request")}`, slowClients);
  const exportLimit = Math.ceil(limit * EXPORTS);
  const exports = new Places(exportLimit, `sends ${countOf(exportLimit, "other export")}`, slowClients);
  const placesFor = (reply: FastifyReply): Places =>
    reply.routeOptions.config.isExport === true ? exports : requests;

  server.addHook("onRequest", (_request, reply, done) => done(placesFor(reply).refusal()));
  server.addHook("preHandler", (_request, reply, done) => {
    const places = placesFor(reply);
    const refusal = places.refusal();
    if (refusal === undefined) places.take(reply);
    done(refusal);
  });
}

/** What of one kind runs at the same time. */
class Places {
  readonly #limit: number;
  readonly #fullBecause: string;
  readonly #slowClients: SlowClients;
  readonly #taken = new Set<ServerResponse>();

  constructor(limit: number, fullBecause: string, slowClients: SlowClients) {
    this.#limit = limit;
    this.#fullBecause = fullBecause;
    this.#slowClients = slowClients;
  }

  take({ raw: response }: FastifyReply): void {
    // Its client has hung up while it was found out who asks: nothing would free the place.
    if (response.closed) return;
    this.#taken.add(response);
    response.once("close", () => this.#taken.delete(response));
  }

  /** What the next one is told when there is no place for it. */
  refusal(): Refused | undefined {
    if (this.#taken.size < this.#limit) return;
    const cut = this.#slowClients.cutSlowest(this.#taken);
    if (cut !== undefined && this.#taken.delete(cut)) return;
    const message = `The server ${this.#fullBecause} at the moment; try again.`;
    return new Refused(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
  }
}
