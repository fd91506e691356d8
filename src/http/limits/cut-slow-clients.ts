import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { answerClientError } from "../answer-client-error.ts";

/** How often it is looked, and how many times in a row a client may do too little. */
const LOOK_MS = 1_000;
const LOOKS = 8;

/**
 * What a client has to send or take in that time: 64 KB a second, half a megabit. An estimate of 100 MB may take
 * 27 minutes, and no total time would tell it from one that comes byte by byte.
 */
const LEAST_BYTES = 64 * 1_024 * LOOKS;

/** A request and its answer, and what there was to see of them when the client had last done enough. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request itself lets go of it when its body is not read to the end. */
  readonly socket: Socket;
  turn: Turn;
  bytes: number;
  looks: number;
}

/** What is waited for: bytes of the request, the answer, or that bytes of the answer are taken. */
type Turn = "sends" | "waits" | "takes";

/**
 * Cuts connections whose client sends its body or takes its answer too slowly. (Node.js cuts those that are slow with
 * their headers.) Time is counted in looks, so that a client is not blamed while the server itself is busy.
 */
export function cutSlowClients(server: Server): void {
  const exchanges = new Set<Exchange>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    exchanges.add({ request, response, socket, turn: "waits", bytes: 0, looks: 0 });
  });
  const looking = setInterval(() => {
    for (const exchange of exchanges) {
      if (isOver(exchange)) exchanges.delete(exchange);
      else if (isTooSlow(exchange)) cut(exchange);
    }
  }, LOOK_MS).unref();
  server.once("close", () => clearInterval(looking));
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
