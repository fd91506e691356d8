import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { answerClientError } from "./errors.ts";

/** How often it is looked, and how many times in a row a client may do too little. */
const CHECK_INTERVAL_MS = 1_000;
const LOOKS = 8;

/**
 * What a client has to send or take in that time: 64 KB a second, half a megabit. An estimate of 100 MB may take
 * 27 minutes, and no total time would tell it from one that comes byte by byte.
 */
const LEAST_BYTES = 64 * 1_024 * LOOKS;

/** While others wait for its place, a client that takes fewer bytes of its answer than this in a look is cut. */
const SLOW_BYTES = 512 * 1_024;

/** The clients that are watched. */
export interface SlowClients {
  /** Cuts the client that takes one of these answers most slowly, if it is slow, and returns its answer. */
  cutSlowest(responses: Iterable<ServerResponse>): ServerResponse | undefined;
}

/** A request and its answer, and what there was to see of them when the client had last done enough. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request itself lets go of it when its body is not read to the end. */
  readonly socket: Socket;
  turn: Turn;
  bytes: number;
  looks: number;
  /** The bytes taken at the last look, and from the look before it to the last one. */
  taken: number;
  rate: number;
}

/** What is waited for: bytes of the request, the answer, or that bytes of the answer are taken. */
type Turn = "sends" | "waits" | "takes";

/**
 * Cuts connections whose client sends its body or takes its answer too slowly. (Node.js cuts those that are slow with
 * their headers.) Time is counted in looks, so that a client is not blamed while the server itself is busy.
 */
export function cutSlowClients(server: Server): SlowClients {
  const exchanges = new Map<ServerResponse, Exchange>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const exchange = { request, response, socket, bytes: 0, looks: 0, taken: 0 };
    exchanges.set(response, { ...exchange, turn: "waits", rate: Number.POSITIVE_INFINITY });
  });
  const looking = setInterval(() => {
    for (const exchange of exchanges.values()) {
      measure(exchange);
      if (isOver(exchange)) exchanges.delete(exchange.response);
      else if (isTooSlow(exchange)) cut(exchange);
    }
  }, CHECK_INTERVAL_MS).unref();
  server.once("close", () => clearInterval(looking));
  return {
    cutSlowest(responses) {
      let slowest: Exchange | undefined;
      for (const response of responses) {
        const exchange = exchanges.get(response);
        if (exchange && exchange.rate < (slowest?.rate ?? SLOW_BYTES)) slowest = exchange;
      }
      if (slowest !== undefined) cut(slowest);
      return slowest?.response;
    },
  };
}

/** An answer that was not under way at the last look has no rate yet. */
function measure(exchange: Exchange): void {
  const taken = bytesOf(exchange.socket, "takes");
  const isTaken = exchange.turn === "takes" && turnOf(exchange) === "takes";
  exchange.rate = isTaken ? taken - exchange.taken : Number.POSITIVE_INFINITY;
  exchange.taken = taken;
}

/** A client that has been refused may still send its body. */
function isOver({ request, response, socket }: Exchange): boolean {
  return socket.destroyed || (response.closed && request.complete);
}

function isTooSlow(exchange: Exchange): boolean {
  const turn = turnOf(exchange);
  const bytes = bytesOf(exchange.socket, turn);
  if (turn === "waits" || turn !== exchange.turn || bytes - exchange.bytes >= LEAST_BYTES) {
    Object.assign(exchange, { turn, bytes, looks: 0 });
    return false;
  }
  exchange.looks++;
  return exchange.looks >= LOOKS;
}

function turnOf({ request, response }: Exchange): Turn {
  if (response.writableLength > 0) return "takes";
  // A body that nobody has begun to read, or of which something lies unread, waits for the server.
  const isUnread = request.readableFlowing === null || request.readableLength > 0;
  return request.complete || isUnread ? "waits" : "sends";
}

function bytesOf(socket: Socket, turn: Turn): number {
  return turn === "takes" ? socket.bytesWritten - socket.writableLength : socket.bytesRead;
}

/**
 * A client that is still sending is told why. One that does not take its answer would not take that either: the
 * connection is reset, or else the operating system would go on offering what it holds of the answer.
 */
function cut({ socket, response, turn }: Exchange): void {
  if (turn === "sends" && !response.headersSent) answerClientError(new TooSlow(), socket);
  else socket.resetAndDestroy();
}

class TooSlow extends Error {
  readonly code = "ERR_HTTP_REQUEST_TIMEOUT";
}
