import type { FastifyRequest } from "fastify";
import { describe, expect, it, vi } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { LargeBody } from "../../../src/http/large-requests/large-body.ts";
import { startThread } from "../../../src/http/large-requests/thread.ts";

describe("A thread that fails", () => {
  it("tells whoever waits why, and says that it has ended", async () => {
    const nowhere = "postgresql://nobody:nothing@127.0.0.1:1/none";
    const config = readConfig({ DATABASE_URL: nowhere, LOG_LEVEL: "silent" });
    const onEnd = vi.fn();
    const thread = startThread({ config, databaseUrl: nowhere }, onEnd);
    const request = { method: "POST", url: "/graphql", headers: {} } as FastifyRequest;
    const answer = thread.answer(request, new LargeBody([Buffer.from("{}")], 2));
    await expect(answer).rejects.toMatchObject({ name: "ThreadFailure", cause: expect.any(Error) });
    expect(onEnd).toHaveBeenCalled();
  });
});
