import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy in front of a TCP port on this machine, for a test to break the link. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection, and each new one at once. */
  cut(): void;
  /** Lets connections through again. */
  mend(): void;
  /** Ends every connection; new ones go to another port, as after a failover. */
  aim(port: number): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let aimedAt = target;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (isCut) return void client.destroy();
    const upstream = connect(aimedAt, "127.0.0.1");
    track(upstream);
    client.once("close", () => upstream.destroy()).pipe(upstream);
    upstream.once("close", () => client.destroy()).pipe(client);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => {
      isCut = false;
    },
    aim: (port) => {
      aimedAt = port;
      endAll();
    },
    close: async () => {
      const closed = once(server.close(), "close");
      endAll();
      await closed;
    },
  };
}
