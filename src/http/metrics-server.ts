import { fastify } from "fastify";
import type { Metrics } from "../telemetry/metrics/metrics.ts";
import { type Address, listen } from "./listen.ts";
import { refuseBadHosts, refuseOtherHosts } from "./refuse-other-hosts.ts";

/** A request for metrics is a line and a few headers; who sends them slower than this holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Where the metrics can be read. */
export interface MetricsServer {
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
  refuseBadHosts(server);
  refuseOtherHosts(server, { host: address.host, allowedHosts });
  server.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  const url = await listen(server, address, "METRICS_");
  return { url, close: () => server.close() };
}
