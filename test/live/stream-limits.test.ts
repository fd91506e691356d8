import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { until } from "../database/embedded/server-process.ts";
import { metricOf } from "../support/metrics.ts";
import { serve, urlOf } from "../support/served.ts";
import { startService, type TestService } from "../support/service.ts";
import { firstEvent, openStream } from "../support/streams.ts";

const openStreams = (service: TestService) => metricOf(service, "results_storage_streams_open");

describe("Streams of a server with a limit of 8", () => {
  const service = startService(
    { STREAM_LIMIT: "8", METRICS_PORT: "0", AUTH: "tokens", RUNNING_LIMIT: "1" },
    {
      prepare: async (url) => {
        for (let i = 0; i < 5; i++) tokens.push(await createToken(url));
      },
    },
  );
  const tokens: string[] = [];

  it("are refused beyond it, and beyond a quarter of it for one token; disconnected streams do not count", async () => {
    const streams = [];
    for (const token of tokens.slice(0, 4)) {
      for (let i = 0; i < 2; i++) streams.push(await openStream(service, { token }));
    }
    await Promise.all(streams.map(firstEvent));
    const [mine, other] = [
      await openStream(service, { token: tokens[0] }),
      await openStream(service, { token: tokens[4] }),
    ];
    expect([mine.status, mine.headers["retry-after"]]).toEqual([429, "5"]);
    expect([other.status, other.headers["retry-after"]]).toEqual([503, "5"]);
    expect(await openStreams(service)).toBe(8);
    // They occupy no slot of other requests.
    expect((await withToken(service, tokens[0]).query("{ jobs { totalCount } }")).status).toBe(200);
    for (const stream of streams) stream.close();
    await until(async () => (await openStreams(service)) === 0);
    await firstEvent(await openStream(service, { token: tokens[0] }));
  });
});

describe("An idle stream", () => {
  const service = startService({ REQUEST_TIMEOUT_S: "1", KEEP_ALIVE_S: "1", METRICS_PORT: "0" });

  it("is not ended by the timeouts of requests", async () => {
    const stream = await openStream(service);
    await firstEvent(stream);
    await sleep(2_500);
    expect(await openStreams(service)).toBe(1);
    expect(await metricOf(service, "results_storage_requests_running")).toBe(0);
    stream.close();
    await until(async () => (await openStreams(service)) === 0);
    expect(await metricOf(service, "results_storage_requests_running")).toBe(0);
    expect(await metricOf(service, "results_storage_stream_events_total")).toBe(1);
  });
});

describe("A server that stops", () => {
  it("ends its streams, and needs no grace period", async () => {
    const other = startedProcess();
    const url = await urlOf(other);
    const stream = await openStream({ url });
    await firstEvent(stream);
    const begin = performance.now();
    other.child.kill("SIGTERM");
    await stream.ended();
    await other.ended;
    expect(other.child.exitCode).toBe(0);
    expect(performance.now() - begin).toBeLessThan(8_000);
    // Without "complete": clients connect again.
    expect(stream.text).not.toContain("complete");
  });

  const service = startService();
  const startedProcess = () => serve({ DATABASE_URL: service.databaseUrl, SHUTDOWN_GRACE_S: "30" });
});
