import { connect, Socket } from "node:net";
import type { Client } from "pg";
import { FailoverConnection } from "./failover-connection.ts";

/** Marks a message as a request to cancel, where the version of the protocol stands otherwise. */
const CANCEL_CODE = 80_877_102;

/** How much PostgreSQL has said on a connection so far, in bytes. */
export function bytesFrom({ connection: { stream } }: Client): number {
  return stream instanceof Socket ? stream.bytesRead : 0;
}

/** Ends a connection at once: nothing is waited for, and its statements fail, with the reason if one is given. */
export function cut({ connection }: Client, reason?: Error): void {
  if (connection instanceof FailoverConnection) connection.stopTrying();
  connection.stream.destroy(reason);
}

/**
 * Asks PostgreSQL to stop what a connection is running: it would not notice a cut before its next word. Goes to a
 * socket of its own, with the pid and the secret of the connection, and has no answer
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS).
 */
export function cancelStatement(client: Client): void {
  const { host, port } = client;
  const [pid, secret]: unknown[] = [Reflect.get(client, "processID"), Reflect.get(client, "secretKey")];
  // A pooler in between may give neither.
  if (typeof pid !== "number" || typeof secret !== "number") return;
  const request = Buffer.alloc(16);
  for (const [index, word] of [request.length, CANCEL_CODE, pid, secret].entries()) {
    request.writeInt32BE(word, index * 4);
  }
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  // Unheard, the statement ends by its timeout.
  socket
    .unref()
    .on("error", () => undefined)
    .setTimeout(5_000, () => socket.destroy());
  socket.end(request);
}
