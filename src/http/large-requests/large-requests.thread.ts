import { Readable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import { createService } from "../../service.ts";
import { faultRecord } from "../../telemetry/fault-record.ts";
import { createLog } from "../../telemetry/log.ts";
import { watchForThread } from "../../telemetry/seen-in-thread.ts";
import type { BodyPart, FailedRequest, ThreadAnswer, ThreadData, ThreadRequest } from "./messages.ts";

/** The thread that answers large requests: the same service without a port of its own. */
const { config, databaseUrl }: ThreadData = workerData;
const service = await createService({ config, databaseUrl, log: createLog(config) });
await service.open();

/** What has come of the bodies whose requests have not. */
const bodies = new Map<number, Uint8Array[]>();

parentPort?.on("message", async (message: BodyPart | ThreadRequest) => {
  const parts = bodies.get(message.id) ?? [];
  if (message.kind === "part") {
    bodies.set(message.id, parts);
    parts.push(message.bytes);
  } else {
    bodies.delete(message.id);
    parentPort?.postMessage(await answerOrFail(message, Readable.from(parts.map(bufferOver))));
  }
});

/** A Buffer becomes a plain array of bytes on its way to another thread. */
function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function answerOrFail(
  request: ThreadRequest,
  payload: Readable,
): Promise<ThreadAnswer | FailedRequest> {
  try {
    return await answer(request, payload);
  } catch (fault) {
    return { kind: "failure", id: request.id, fault: faultRecord(fault) };
  }
}

async function answer(request: ThreadRequest, payload: Readable): Promise<ThreadAnswer> {
  const { id, method, url, headers } = request;
  const { result, seen } = await watchForThread(() =>
    service.server.inject({ method: method as "POST", url, headers: { ...headers }, payload }),
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
