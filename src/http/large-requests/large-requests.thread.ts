import { parentPort, workerData } from "node:worker_threads";
import { createService } from "../../service.ts";
import { createLog } from "../../telemetry/log.ts";
import { watchForThread } from "../../telemetry/seen-in-thread.ts";
import type { ThreadAnswer, ThreadData, ThreadRequest } from "./messages.ts";

/** The thread that answers large requests: the same service without a port of its own. */
const { config, databaseUrl }: ThreadData = workerData;
const service = await createService({ config, databaseUrl, log: createLog(config) });
await service.open();

parentPort?.on("message", async (request: ThreadRequest) => {
  parentPort?.postMessage(await answer(request));
});

async function answer({ id, method, url, headers, body }: ThreadRequest): Promise<ThreadAnswer> {
  const { result, seen } = await watchForThread(() =>
    service.server.inject({
      method: method as "POST",
      url,
      headers: { ...headers },
      payload: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    }),
  );
  return { id, status: result.statusCode, headers: result.headers, body: result.payload, seen };
}
