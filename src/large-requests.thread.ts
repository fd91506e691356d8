import { Readable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import { createService, type ThreadData } from "./app.ts";
import { cancelledBy } from "./database/guarded-pool.ts";
import type {
  BodyPart,
  CancelledRequest,
  FailedRequest,
  ThreadAnswer,
  ThreadRequest,
} from "./server/large-requests.ts";
import { hungUp } from "./server/lifecycle.ts";
import { createLog } from "./telemetry/log.ts";
import { errorRecord, recordTelemetry } from "./telemetry/relay.ts";

/** The thread that answers large requests: the same service without a port of its own. */
const { config, databaseUrl }: ThreadData = workerData;
const service = await createService({ config, databaseUrl, log: createLog(config) });
await service.open();

/** What has come of the bodies whose requests have not. */
const bodies = new Map<number, Uint8Array[]>();

/** What hangs up the requests that are being answered. */
const clients = new Map<number, AbortController>();

parentPort?.on("message", async (message: BodyPart | ThreadRequest | CancelledRequest) => {
  if (message.kind === "cancel") return clients.get(message.id)?.abort(hungUp());
  const parts = bodies.get(message.id) ?? [];
  if (message.kind === "part") {
    bodies.set(message.id, parts);
    parts.push(message.bytes);
  } else {
    bodies.delete(message.id);
    const client = new AbortController();
    clients.set(message.id, client);
    const payload = Readable.from(parts.map(bufferOver));
    parentPort?.postMessage(await answerOrFail(message, payload, client.signal));
    clients.delete(message.id);
  }
});

/** A Buffer becomes a plain array of bytes on its way to another thread. */
function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function answerOrFail(
  request: ThreadRequest,
  payload: Readable,
  signal: AbortSignal,
): Promise<ThreadAnswer | FailedRequest> {
  try {
    return await answer(request, payload, signal);
  } catch (fault) {
    return { kind: "failure", id: request.id, fault: errorRecord(fault) };
  }
}

async function answer(request: ThreadRequest, payload: Readable, signal: AbortSignal): Promise<ThreadAnswer> {
  const { id, method, url, headers } = request;
  const { result, seen } = await recordTelemetry(() =>
    cancelledBy(signal, () =>
      service.server.inject({ method: method as "POST", url, headers: { ...headers }, payload }),
    ),
  );
  return {
    kind: "answer",
    id,
    status: result.statusCode,
    headers: result.headers,
    body: result.payload,
    seen,
  };
}
