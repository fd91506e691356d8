import { type FastifyInstance, fastify } from "fastify";
import { cancelledBy, currentCancellation } from "../database/guarded-pool.ts";
import { DomainError, errorMessage } from "../lib/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { requireAcceptedHost, requireOneHost } from "./accepted-hosts.ts";

/** Where to listen. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens, and returns the URL.
 * @param prefix of the settings that hold the address: that of METRICS_HOST and METRICS_PORT.
 * @throws Error that says what to do when it cannot.
 */
export async function listen(server: FastifyInstance, address: Address, prefix = ""): Promise<string> {
  try {
    return await server.listen({ host: address.host, port: address.port, listenTextResolver });
  } catch (error) {
    throw new Error(problem(address, prefix, error), { cause: error });
  }
}

/** The service listens before its database is migrated, because orchestrators ask for its health from then on. */
function listenTextResolver(url: string): string {
  return `Answering health checks at ${url}; other requests are refused until the database is ready`;
}

function problem({ host, port }: Address, prefix: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Port ${port} of ${host} is in use. Stop the program that uses it, or choose another port with ${prefix}PORT.`;
  if (code === "EACCES")
    return `Port ${port} of ${host} is not for everybody to use. Choose one from 1024 on with ${prefix}PORT.`;
  return `The server cannot listen at ${host}, port ${port} (${errorMessage(error)}). Choose others with ${prefix}HOST and ${prefix}PORT.`;
}

/** How often it is looked whether the last request has ended. */
const CHECK_INTERVAL_MS = 100;

/**
 * Prepares a server to be stopped: the function that is returned stops listening, lets the requests that are running
 * end, and then closes every connection. Fastify itself would wait for those that have not asked for anything yet,
 * which browsers keep in reserve, and Node.js for a minute.
 * @param graceMs what takes longer is cut off; its client may repeat it, for it has an idempotency key.
 */
export function createCloser(server: FastifyInstance, graceMs: number): () => Promise<void> {
  let running = 0;
  server.server.on("request", (_request, response) => {
    running++;
    response.once("close", () => running--);
  });
  return async () => {
    const deadline = Date.now() + graceMs;
    const looking = setInterval(() => {
      if (running === 0 || Date.now() > deadline) server.server.closeAllConnections();
    }, CHECK_INTERVAL_MS);
    await server.close().finally(() => clearInterval(looking));
  };
}

/** Whether requests should be sent here: "ready", or what it is that keeps them from being answered. */
export type Readiness =
  | "ready"
  | "waiting for the database"
  | "the database does not answer"
  | "the database accepts no writes"
  | "the database is behind this version"
  | "stopping";

/** Health: live while the process answers, ready while requests should be sent here. */
export function addHealthRoutes(server: FastifyInstance, readiness: () => Promise<Readiness>): void {
  server.get("/health/live", () => ({ status: "live" }));
  server.get("/health/ready", async (_request, reply) => {
    const status = await readiness();
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
}

/** A request for metrics is a line and a few headers; who sends them slower than this holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Where the metrics can be read. */
interface MetricsServer {
  /** Without a path, for instance http://127.0.0.1:9464. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves /metrics at an address of its own: it tells strangers how much is stored and by which operations, so it must
 * not be where the service is; and it answers when the service refuses because it is overloaded. It knows no tokens, so
 * that it answers to its own names only.
 */
export async function serveMetrics(
  address: Address,
  metrics: Pick<Metrics, "text" | "contentType">,
  allowedHosts: readonly string[],
): Promise<MetricsServer> {
  const server = fastify({ requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true });
  requireOneHost(server);
  requireAcceptedHost(server, { host: address.host, allowedHosts });
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  const url = await listen(server, address, "METRICS_");
  return { url, close: () => server.close() };
}

/** Cancels the SQL of a request whose client hangs up before it is answered: nobody would read what comes of it. */
export function abortOnDisconnect(server: FastifyInstance): void {
  // After the body was read, whose events run outside of what this hook encloses.
  server.addHook("preHandler", (_request, { raw: response }, done) => {
    const hangUp = new AbortController();
    // It may have been closed while it was found out who asks.
    if (response.closed) hangUp.abort(hungUp());
    response.once("close", () => {
      if (!response.writableFinished) hangUp.abort(hungUp());
    });
    // In the thread for large requests its client is that of another thread's.
    const outer = currentCancellation();
    cancelledBy(outer ? AbortSignal.any([outer, hangUp.signal]) : hangUp.signal, done);
  });
}

/** Why the SQL of a request is cancelled. */
export function hungUp(): DomainError {
  return new DomainError("SERVICE_UNAVAILABLE", "The client hung up before it was answered.");
}
