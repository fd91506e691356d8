import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { pipeline } from "node:stream";

/** A forward proxy, as companies put between their networks and others. */
export interface ForwardProxy {
  /** Its host and port. */
  readonly host: string;
  /** The requests: "CONNECT HOST:PORT", or the method and URL of a request in clear text. */
  readonly requests: readonly string[];
}

const closers: (() => void)[] = [];

/** Closes the proxies of a test file. */
export function closeForwardProxies(): void {
  for (const close of closers.splice(0)) close();
}

/**
 * Listens until the tests of the file have ended. Connects to a port of this machine for any requested host.
 * @param credentials are required when given: "user:password".
 */
export async function forwardProxy(port: number, credentials?: string): Promise<ForwardProxy> {
  const requests: string[] = [];
  const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const isAllowed = ({ method, url, headers }: IncomingMessage) => {
    requests.push(`${method} ${url}`);
    return expected === undefined || headers["proxy-authorization"] === expected;
  };
  const server = createServer((incoming, response) => {
    if (!isAllowed(incoming)) return void response.writeHead(407).end();
    const { pathname } = new URL(incoming.url ?? "");
    const { method, headers } = incoming;
    const outgoing = request({ host: "127.0.0.1", port, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
  server.on("connect", (incoming, client) => {
    if (!isAllowed(incoming)) return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const target = connect(port, "127.0.0.1", () =>
      client.write("HTTP/1.1 200 Connection established\r\n\r\n"),
    );
    pipeline(client, target, client, () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
