import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { errorBody } from "./error-body.ts";

/** What Node.js finds wrong with bytes that it cannot read as a request. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers bytes that are no HTTP request, of which there is only the socket, and hangs up. */
export function answerClientError(error: Error & { readonly code: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUSES[error.code] ?? 400;
  const body = JSON.stringify(errorBody("BAD_REQUEST", `${STATUS_CODES[status]}.`));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  // A client that is slow on purpose would keep its side open.
  socket.destroySoon();
}
