import type { FastifyRequest } from "fastify";
import { describe, expect, it, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { LargeBody } from "../../src/server/body.ts";
import { startThread } from "../../src/server/large-requests.ts";

describe("A thread that fails", () => {
  it("rejects waiting requests with the cause, and reports its end", async () => {
    const nowhere = "postgresql://nobody:nothing@127.0.0.1:1/none";
    const config = readConfig({ DATABASE_URL: nowhere, LOG_LEVEL: "silent" });
    const onEnd = vi.fn();
    const file = new URL("../../src/large-requests.thread.ts", import.meta.url);
    const workerData = { config, databaseUrl: nowhere };
    // The limit of the service: a thread that is terminated while it loads, on a busy machine, has no cause to report.
    const { requestTimeoutMs: timeoutMs } = config.httpLimits;
    const thread = startThread({ file, workerData, timeoutMs }, onEnd);
    const request = { method: "POST", url: "/graphql", headers: {} } as FastifyRequest;
    const answer = thread.send(request, new LargeBody([Buffer.from("{}")], 2));
    await expect(answer).rejects.toMatchObject({ name: "ThreadFailure", cause: expect.any(Error) });
    expect(onEnd).toHaveBeenCalled();
  });
});
