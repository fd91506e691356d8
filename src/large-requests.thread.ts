import { Readable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import { createService, type ThreadData } from "./app.ts";
import { cancelledBy } from "./database/guarded-pool.ts";
import { clientDisconnected } from "./server/cancellation.ts";
import { logAbandonedErrors } from "./server/graphql/errors.ts";
import type {
  BodyChunk,
  CancelledRequest,
  FailedRequest,
  ThreadRequest,
  ThreadResponse,
} from "./server/large-requests.ts";
import { createLog } from "./telemetry/log.ts";
import { errorRecord, recordTelemetry } from "./telemetry/worker-telemetry.ts";

/** The thread for large requests: the same service, which receives requests as messages instead of listening. */
const { config, databaseUrl }: ThreadData = workerData;
const log = createLog(config);
logAbandonedErrors(log);
const service = await createService({ config, databaseUrl, log });
await service.open();

/** The received chunks of bodies whose requests have not arrived, by request id. */
const bodies = new Map<number, Uint8Array[]>();

/** The cancellations of running requests, by id. */
const cancellations = new Map<number, AbortController>();

parentPort?.on("message", async (message: BodyChunk | ThreadRequest | CancelledRequest) => {
  if (message.kind === "cancel") return cancellations.get(message.id)?.abort(clientDisconnected());
  const chunks = bodies.get(message.id) ?? [];
  if (message.kind === "chunk") {
    bodies.set(message.id, chunks);
    chunks.push(message.bytes);
  } else {
    bodies.delete(message.id);
    const cancellation = new AbortController();
    cancellations.set(message.id, cancellation);
    const payload = Readable.from(chunks.map(toBuffer));
    parentPort?.postMessage(await handleOrFail(message, payload, cancellation.signal));
    cancellations.delete(message.id);
  }
});

/** The structured clone of a Buffer is a Uint8Array. */
function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function handleOrFail(
  request: ThreadRequest,
  payload: Readable,
  signal: AbortSignal,
): Promise<ThreadResponse | FailedRequest> {
  try {
    return await handle(request, payload, signal);
  } catch (fault) {
    return { kind: "failure", id: request.id, fault: errorRecord(fault) };
  }
}

async function handle(
  request: ThreadRequest,
  payload: Readable,
  signal: AbortSignal,
): Promise<ThreadResponse> {
  const { id, method, url, headers } = request;
  const { result, seen } = await recordTelemetry(() =>
    cancelledBy(signal, () =>
      service.server.inject({ method: method as "POST", url, headers: { ...headers }, payload }),
    ),
  );
  return {
    kind: "response",
    id,
    status: result.statusCode,
    headers: result.headers,
    body: result.payload,
    telemetry: seen,
  };
}
