import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { disconnectSlowClients } from "../../src/server/slow-clients.ts";

afterEach(() => void vi.useRealTimers());

describe("A request whose body the server stopped reading", () => {
  it("is still checked, although it has released its socket", async () => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const server = createServer(async (request, response) => {
      for await (const _part of request) break;
      response.end("refused");
    });
    disconnectSlowClients(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\nfirst part");
    await once(socket, "data");
    expect(() => vi.advanceTimersByTime(1_000)).not.toThrow();
    socket.destroy();
    server.close();
  });
});
