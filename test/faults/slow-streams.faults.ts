import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { startChain } from "../integrity/chain.ts";
import { store } from "../support/estimates.ts";
import { metricOf } from "../support/metrics.ts";
import { startService, type TestService } from "../support/service.ts";
import { firstEvent, openStream } from "../support/streams.ts";

const openStreams = (service: TestService) => metricOf(service, "results_storage_streams_open");

describe("A stream whose client does not read", () => {
  const service = startService({ METRICS_PORT: "0" });
  const chain = startChain(service);
  const QUERY = `subscription { jobStored { cursor isGap isLive job { id project labels } } }`;

  it("is ended, and does not delay another one", async () => {
    const slow = await openStream(service, { query: QUERY });
    await firstEvent(slow);
    slow.pause();
    const quick = await openStream(service);
    await firstEvent(quick);
    const text = "x".repeat(200_000);
    for (let i = 0; i < 60; i++) {
      await store(service, { project: `p${i}`, labels: { text } });
    }
    await chain.seal();
    expect(await quick.projects(60)).toHaveLength(60);
    expect(await openStreams(service)).toBe(2);
    await until(async () => (await openStreams(service)) === 1);
    expect(await metricOf(service, "results_storage_stream_lag_seconds")).toBe(0);
  });
});
