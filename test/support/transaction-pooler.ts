import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Client } from "pg";

/**
 * A connection pooler in transaction mode, as PgBouncer was before it knew prepared statements: the next free
 * connection to PostgreSQL runs a client's transaction, and the options of clients are dropped.
 */
export interface TransactionPooler {
  readonly url: string;
  close(): Promise<void>;
}

/** A connection to PostgreSQL, on which messages pass as they are once `pg` has logged in. */
interface ServerConnection {
  readonly login: Client;
  readonly socket: Socket;
  onMessage: (message: Buffer) => void;
}

/** The first word of a client's connection: the protocol 3.0; anything else is a request to cancel, or for TLS. */
const PROTOCOL_3 = 196_608;

/**
 * Starts a pooler in front of a database.
 * @param size how many connections to PostgreSQL it shares, in turn.
 */
export async function transactionPooler(databaseUrl: string, size = 2): Promise<TransactionPooler> {
  const servers = await Promise.all(Array.from({ length: size }, () => connect(databaseUrl)));
  const free = [...servers];
  const waiting: ((server: ServerConnection) => void)[] = [];
  const clients = new Set<Socket>();

  function take(run: (server: ServerConnection) => void): void {
    const server = free.shift();
    if (server === undefined) waiting.push(run);
    else run(server);
  }

  function giveBack(server: ServerConnection): void {
    const next = waiting.shift();
    if (next === undefined) free.push(server);
    else next(server);
  }

  /** Serves a client until it says goodbye. */
  function serve(client: Socket): void {
    clients.add(client);
    let server: ServerConnection | undefined;
    let unsent: Buffer[] = [];
    client.on("error", () => undefined).on("close", () => clients.delete(client));

    function link(taken: ServerConnection): void {
      server = taken;
      taken.onMessage = (message) => {
        client.write(message);
        // ReadyForQuery, outside of a transaction: this one has ended.
        if (message.toString("latin1", 0, 1) !== "Z" || message.toString("latin1", 5, 6) !== "I") return;
        server = undefined;
        giveBack(taken);
      };
      for (const message of unsent.splice(0)) taken.socket.write(message);
    }

    const onMessage = (message: Buffer) => {
      if (message.toString("latin1", 0, 1) === "X") return client.end();
      if (server !== undefined) return server.socket.write(message);
      unsent = [...unsent, message];
      // The first message of a transaction, whose others may follow before there is a connection for it.
      if (unsent.length === 1) take(link);
    };
    client.once("data", (start) => {
      if (start.readInt32BE(4) !== PROTOCOL_3) return client.end();
      client.on("data", messagesTo(onMessage));
      // AuthenticationOk, and ReadyForQuery.
      client.write(Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0, 90, 0, 0, 0, 5, 73]));
    });
  }

  const listener = createServer(serve).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    url: url.href,
    close: async () => {
      for (const client of clients) client.destroy();
      listener.close();
      await Promise.all(servers.map(({ login }) => login.end()));
    },
  };
}

/** Logs in as the server does, with its role, and takes the connection away from `pg`. */
async function connect(connectionString: string): Promise<ServerConnection> {
  const login = new Client({ connectionString, options: "-c role=results_storage_server" });
  await login.connect();
  const socket = login.connection.stream as Socket;
  const server: ServerConnection = { login, socket, onMessage: () => undefined };
  socket.removeAllListeners("data").on(
    "data",
    messagesTo((message) => server.onMessage(message)),
  );
  return server;
}

/** Splits the stream into messages: a letter, and a length that includes itself. */
function messagesTo(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const length = 1 + rest.readInt32BE(1);
      onMessage(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
