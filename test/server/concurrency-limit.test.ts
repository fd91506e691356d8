import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { currentCancellation } from "../../src/database/guarded-pool.ts";
import { abortOnDisconnect } from "../../src/server/cancellation.ts";
import { limitConcurrency } from "../../src/server/limits.ts";
import { disconnectSlowClients } from "../../src/server/slow-clients.ts";
import { until } from "../database/embedded/server-process.ts";

describe("A client that disconnects during authentication", () => {
  const server = fastify();
  const begun: (AbortSignal | undefined)[] = [];
  beforeAll(async () => {
    abortOnDisconnect(server);
    limitConcurrency(server, 1, disconnectSlowClients(server.server));
    server.route({
      method: "GET",
      url: "/",
      // The authentication takes until the client has disconnected.
      onRequest: async ({ headers, raw }) => {
        if (headers["x-hangs-up"] !== undefined) await once(raw.socket.resume(), "close");
      },
      handler: async () => {
        begun.push(currentCancellation());
        return "answered";
      },
    });
    await server.listen({ port: 0, host: "127.0.0.1" });
  });
  afterAll(() => server.close());

  const portOf = () => (server.server.address() as AddressInfo).port;

  it("occupies no slot, and its statements are cancelled before they run", async () => {
    const socket = connect(portOf(), "127.0.0.1");
    await once(socket, "connect");
    const received = once(server.server, "request");
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nx-hangs-up: yes\r\n\r\n");
    await received;
    socket.destroy();
    await until(async () => begun.length > 0);
    expect(begun[0]?.aborted).toBe(true);
    const response = await fetch(`http://127.0.0.1:${portOf()}/`);
    expect([response.status, await response.text()]).toEqual([200, "answered"]);
  });
});
