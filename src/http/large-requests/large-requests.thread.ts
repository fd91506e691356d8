import { parentPort, workerData } from "node:worker_threads";
import { openService } from "../../service.ts";
import { createLog } from "../../telemetry/log.ts";
import type { ThreadAnswer, ThreadData, ThreadRequest } from "./messages.ts";

/** The thread that answers large requests: the same service without a port of its own. */
const { config, databaseUrl }: ThreadData = workerData;
const service = await openService(config, databaseUrl, createLog(config));

parentPort?.on("message", async (request: ThreadRequest) => {
  parentPort?.postMessage(await answer(request));
});

async function answer({ id, method, url, headers, body }: ThreadRequest): Promise<ThreadAnswer> {
  const {
    statusCode,
    headers: answered,
    payload,
  } = await service.server.inject({
    method: method as "POST",
    url,
    headers: { ...headers },
    payload: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  });
  return { id, status: statusCode, headers: answered, body: payload };
}
