import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request that a stand-in was sent. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What stands where the client looks for the service: a proxy, or something else altogether. */
export interface StandIn {
  readonly url: string;
  readonly received: readonly Received[];
}

const servers: Server[] = [];

/** Closes the stand-ins of a test file. */
export function closeStandIns(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** Listens until the tests of the file have ended, and answers each request, counted from 1, with the given function. */
export async function standIn(
  answer: (response: ServerResponse, count: number, request: Received) => void | Promise<void>,
): Promise<StandIn> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const entry = { url: request.url ?? "", headers: request.headers, body: await text(request) };
    received.push(entry);
    await answer(response, received.length, entry);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** A port without a listener. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
