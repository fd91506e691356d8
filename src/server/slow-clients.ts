import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { handleClientError } from "./errors.ts";

/** The interval of the checks, and the number of consecutive checks in which a client may be too slow. */
const CHECK_INTERVAL_MS = 1_000;
const CHECKS = 8;

/**
 * The number of bytes that a client must send or receive in that time: 64 KB a second, half a megabit. At this rate an
 * estimate of 100 MB takes 27 minutes; a limit of the total time could not tell it from one that arrives byte by byte.
 */
const MIN_BYTES = 64 * 1_024 * CHECKS;

/** While others wait for its slot, a client that receives fewer bytes than this between two checks is disconnected. */
const SLOW_BYTES = 512 * 1_024;

/** The clients of a server, with the rates at which they receive responses. */
export interface SlowClients {
  /** Disconnects the slowest receiver of these responses, if it is slow, and returns its response. */
  disconnectSlowest(responses: Iterable<ServerResponse>): ServerResponse | undefined;
}

/** A request and its response, and their state at the last check at which the client was fast enough. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Kept here, because the request drops its reference when its body is not read to the end. */
  readonly socket: Socket;
  phase: Phase;
  bytes: number;
  checks: number;
  /** The bytes received by the client at the last check, and between the last two checks. */
  received: number;
  rate: number;
}

/** The client sends the request, waits for the response, or receives it. */
type Phase = "sending" | "waiting" | "receiving";

/**
 * Disconnects clients that send a body or receive a response too slowly. (Node.js disconnects those that send headers
 * too slowly.) Time is counted in checks, so that a busy server does not disconnect clients.
 */
export function disconnectSlowClients(server: Server): SlowClients {
  const exchanges = new Map<ServerResponse, Exchange>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const exchange = { request, response, socket, bytes: 0, checks: 0, received: 0 };
    exchanges.set(response, { ...exchange, phase: "waiting", rate: Number.POSITIVE_INFINITY });
    // Not at the next check: the garbage collector would move a second of requests to the old generation.
    response.once("close", () => {
      if (request.complete) exchanges.delete(response);
    });
  });
  const timer = setInterval(() => {
    for (const exchange of exchanges.values()) {
      measure(exchange);
      if (hasEnded(exchange)) exchanges.delete(exchange.response);
      else if (isTooSlow(exchange)) disconnect(exchange);
    }
  }, CHECK_INTERVAL_MS).unref();
  server.once("close", () => clearInterval(timer));
  return {
    disconnectSlowest(responses) {
      let slowest: Exchange | undefined;
      for (const response of responses) {
        const exchange = exchanges.get(response);
        if (exchange && exchange.rate < (slowest?.rate ?? SLOW_BYTES)) slowest = exchange;
      }
      if (slowest !== undefined) disconnect(slowest);
      return slowest?.response;
    },
  };
}

/** A response that was not being received at the last check has no rate yet. */
function measure(exchange: Exchange): void {
  const received = bytesOf(exchange.socket, "receiving");
  const isReceiving = exchange.phase === "receiving" && phaseOf(exchange) === "receiving";
  exchange.rate = isReceiving ? received - exchange.received : Number.POSITIVE_INFINITY;
  exchange.received = received;
}

/** A client whose request was rejected may still send its body. */
function hasEnded({ request, response, socket }: Exchange): boolean {
  return socket.destroyed || (response.closed && request.complete);
}

function isTooSlow(exchange: Exchange): boolean {
  const phase = phaseOf(exchange);
  const bytes = bytesOf(exchange.socket, phase);
  if (phase === "waiting" || phase !== exchange.phase || bytes - exchange.bytes >= MIN_BYTES) {
    Object.assign(exchange, { phase, bytes, checks: 0 });
    return false;
  }
  exchange.checks++;
  return exchange.checks >= CHECKS;
}

function phaseOf({ request, response }: Exchange): Phase {
  if (response.writableLength > 0) return "receiving";
  // The client of an unread or partly unread body waits for the server.
  const isUnread = request.readableFlowing === null || request.readableLength > 0;
  return request.complete || isUnread ? "waiting" : "sending";
}

function bytesOf(socket: Socket, phase: Phase): number {
  return phase === "receiving" ? socket.bytesWritten - socket.writableLength : socket.bytesRead;
}

/**
 * A client that still sends receives an error. Of one that does not receive its response the connection is reset;
 * otherwise the operating system would retain the rest of the response.
 */
function disconnect({ socket, response, phase }: Exchange): void {
  if (phase === "sending" && !response.headersSent) handleClientError(new ClientTimeout(), socket);
  else socket.resetAndDestroy();
}

class ClientTimeout extends Error {
  readonly code = "ERR_HTTP_REQUEST_TIMEOUT";
}
