import { type FastifyInstance, fastify } from "fastify";
import { errorMessage } from "../lib/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { requireAcceptedHost, requireOneHost } from "./accepted-hosts.ts";
import { requestHook } from "./request-checks.ts";

/** The address to listen on. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens, and returns the URL.
 * @param prefix of the environment variables that hold the address, for instance that of METRICS_HOST and METRICS_PORT.
 * @throws Error whose message names the variables to change.
 */
export async function listen(server: FastifyInstance, { host, port }: Address, prefix = ""): Promise<string> {
  try {
    return await server.listen({ host, port, listenTextResolver });
  } catch (error) {
    throw new Error(listenErrorMessage(host, port, prefix, error), { cause: error });
  }
}

/** The service listens before its database is migrated: orchestrators request its health from the start. */
function listenTextResolver(url: string): string {
  return `Answering health checks at ${url}; other requests are refused until the database is ready`;
}

function listenErrorMessage(host: string, port: number, prefix: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Port ${port} of ${host} is in use. Stop the program that uses it, or choose another port with ${prefix}PORT.`;
  if (code === "EACCES")
    return `Port ${port} of ${host} requires privileges. Choose a port from 1024 on with ${prefix}PORT.`;
  return `The server cannot listen at ${host}, port ${port} (${errorMessage(error)}). Choose others with ${prefix}HOST and ${prefix}PORT.`;
}

/** The interval of the checks whether the last request has ended. */
const CHECK_INTERVAL_MS = 100;

/**
 * Returns a function that stops listening, waits for the running requests, and then closes every connection. Fastify
 * itself would wait for connections without a request, which browsers keep in reserve, and Node.js for a minute.
 * @param graceMs after which running requests are aborted; a client may repeat a store, by its idempotency key.
 */
export function createServerCloser(server: FastifyInstance, graceMs: number): () => Promise<void> {
  let running = 0;
  server.server.on("request", (_request, response) => {
    running++;
    response.once("close", () => running--);
  });
  return async () => {
    const deadline = Date.now() + graceMs;
    const timer = setInterval(() => {
      if (running === 0 || Date.now() > deadline) server.server.closeAllConnections();
    }, CHECK_INTERVAL_MS);
    await server.close().finally(() => clearInterval(timer));
  };
}

/** "ready", or the reason why requests cannot be answered. */
export type Readiness =
  | "ready"
  | "waiting for the database"
  | "the database does not answer"
  | "the database accepts no writes"
  | "the database is behind this version"
  | "stopping";

/** Adds the health routes: live while the process answers, ready while requests can be answered. */
export function addHealthRoutes(server: FastifyInstance, readiness: () => Promise<Readiness>): void {
  server.get("/health/live", () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const status = await readiness();
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
}

/** A request for metrics is a line and a few headers; a slower client occupies a connection without need. */
const METRICS_REQUEST_TIMEOUT_MS = 5_000;

/** The server of the metrics. */
interface MetricsServer {
  /** Without a path, for instance http://127.0.0.1:9464. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves /metrics at a separate address: the metrics disclose operation names and stored amounts, so they must not
 * be where the service is; and they must be readable while the service is overloaded. There is no token, so the server
 * accepts its own names only.
 */
export async function serveMetrics(
  address: Address,
  metrics: Pick<Metrics, "text" | "contentType">,
  allowedHosts: readonly string[],
): Promise<MetricsServer> {
  const server = fastify({ requestTimeout: METRICS_REQUEST_TIMEOUT_MS, forceCloseConnections: true });
  const acceptedHost = requireAcceptedHost({ host: address.host, allowedHosts });
  server.addHook("onRequest", requestHook(requireOneHost, acceptedHost));
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  const url = await listen(server, address, "METRICS_");
  return { url, close: () => server.close() };
}
