import { describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { startService } from "../support/service.ts";

const { log, requestLines } = createTestLog();
const service = startService({ METRICS_PORT: "0", DATABASE_POOL_SIZE: "3" }, { log });

const COMMENT = /^# (?:HELP|TYPE) [a-z_]\w* .+$/;
const SAMPLE = /^([a-z_]\w*(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})?) ([-+]?(?:\d\S*|Inf|Nan))$/;

/** All samples by their name with labels; fails on an invalid line. */
async function scrape(): Promise<Map<string, number>> {
  const text = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !COMMENT.test(line));
  return new Map(
    lines.map((line) => {
      const [, name, value] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new Error(`No sample: ${line}`);
      return [name, Number(value)];
    }),
  );
}

/** The increase of each sample by these requests. */
async function growthBy(count: number, run: () => Promise<unknown>): Promise<(name: string) => number> {
  const before = await scrape();
  await run();
  await requestLines(count);
  const after = await scrape();
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

describe("/metrics", () => {
  it("counts requests by operation and outcome", async () => {
    const growth = await growthBy(3, async () => {
      await service.query("query Newest { jobs { nodes { id } } }");
      await service.query("query Newest { jobs(first: -1) { nodes { id } } }");
      await fetch(`${service.url}/api/v1/jobs`);
    });
    expect(growth('results_storage_requests_total{operation="Newest",outcome="ok"}')).toBe(1);
    expect(growth('results_storage_requests_total{operation="Newest",outcome="refused"}')).toBe(1);
    expect(growth('results_storage_requests_total{operation="listJobs",outcome="ok"}')).toBe(1);
    expect(growth('results_storage_errors_total{code="BAD_USER_INPUT"}')).toBe(1);
    expect(growth('results_storage_request_duration_seconds_count{operation="Newest"}')).toBe(2);
    expect(growth('results_storage_request_duration_seconds_bucket{le="+Inf",operation="Newest"}')).toBe(2);
    expect(growth("results_storage_statements_total")).toBe(2);
  });

  it("counts operations by the program that wrote the jobs", async () => {
    const growth = await growthBy(3, async () => {
      await service.query("query Texts { jobs(first: 3) { nodes { id } totalCount } }");
      await service.query("query Rows { jobs(first: 3) { nodes { id previous { id } } totalCount } }");
      await service.query(
        "query Again { jobs(first: 3) { nodes { resources(first: 5000) { totalCount } } } }",
      );
    });
    expect(growth('results_storage_executions_total{json="postgresql"}')).toBe(1);
    expect(growth('results_storage_executions_total{json="server"}')).toBe(2);
  });

  it("counts new and repeated stores separately", async () => {
    const input = {
      idempotencyKey: "twice",
      estimate: estimate({ byResource: [resource(), resource({ resourceId: "b" })] }),
    };
    const growth = await growthBy(3, async () => {
      await tryToStore(service, input);
      await tryToStore(service, input);
      await tryToStore(service, { estimate: estimate({ currency: "none" }) });
    });
    expect(growth('results_storage_stores_total{created="true"}')).toBe(1);
    expect(growth('results_storage_stores_total{created="false"}')).toBe(1);
    expect(growth("results_storage_stored_resources_total")).toBe(2);
  });

  it("counts queries by their use of the response cache", async () => {
    const list = "query Cached { jobs(first: 3) { nodes { id } } }";
    const growth = await growthBy(7, async () => {
      await service.query(list);
      await service.query(list);
      await service.query("query Count { jobs { totalCount } }");
      await service.query("query Refused { jobs(first: 1000) { nodes { id } } }");
      await service.query("query Long { __typename }", { unused: "x".repeat(10_000) });
      await tryToStore(service);
      await fetch(`${service.url}/api/v1/jobs`);
    });
    expect(growth('results_storage_cache_questions_total{result="hit"}')).toBe(1);
    expect(growth('results_storage_cache_questions_total{result="miss"}')).toBe(1);
    expect(growth('results_storage_cache_questions_total{result="uncacheable"}')).toBe(3);
  });

  it("counts server errors separately", async () => {
    const growth = await growthBy(1, async () => {
      await service.sql("alter table jobs rename to gone");
      await service.query("query Newest { jobs { nodes { id } } }");
      await service.sql("alter table gone rename to jobs");
    });
    expect(growth('results_storage_errors_total{code="INTERNAL_SERVER_ERROR"}')).toBe(1);
    expect(growth('results_storage_requests_total{operation="Newest",outcome="failed"}')).toBe(1);
  });

  it("has at most 100 operation names of clients, and none that always failed", async () => {
    const served = Array.from({ length: 120 }, (_, i) => `query Served${i} { __typename }`);
    const refused = Array.from({ length: 20 }, (_, i) => `query Refused${i} { nothing }`);
    await growthBy(140, () => Promise.all([...served, ...refused].map((query) => service.query(query))));
    const samples = [...(await scrape()).keys()];
    const names = new Set(samples.map((name) => /_count\{operation="(\w+)"\}/.exec(name)?.[1]));
    expect([...names].filter((name) => name?.startsWith("Served")).length).toBeLessThanOrEqual(100);
    expect([...names].filter((name) => name?.startsWith("Refused"))).toEqual([]);
    expect(names).toContain("other");
  });

  it("has the pool, the event loop, the memory and the version", async () => {
    const samples = await scrape();
    expect(samples.get("results_storage_pool_size")).toBe(3);
    expect(samples.get('results_storage_pool_connections{state="idle"}')).toBeGreaterThanOrEqual(1);
    expect(samples.get('results_storage_pool_connections{state="busy"}')).toBe(0);
    expect(samples.get("results_storage_pool_waiting")).toBe(0);
    expect(samples.get("results_storage_event_loop_utilization")).toBeLessThanOrEqual(1);
    expect(samples.get("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(0);
    const builds = [...samples].filter(([name]) => name.startsWith("results_storage_build_info"));
    expect(builds).toEqual([[expect.stringMatching(/version="\d+\.\d+\.\d+"/), 1]]);
  });

  it("counts a statement that waits while every connection is busy", async () => {
    await service.sql("begin; lock table jobs");
    const asked = Array.from({ length: 5 }, () => service.query("query Waiting { jobs { nodes { id } } }"));
    try {
      await until(async () => {
        const samples = await scrape();
        const busy = samples.get('results_storage_pool_connections{state="busy"}');
        const waiting = samples.get("results_storage_pool_waiting");
        return busy === 3 && waiting === 2 && samples.get("results_storage_requests_running") === 5;
      });
    } finally {
      await service.sql("commit");
      await Promise.all(asked);
    }
  });

  it("is not on the port of the service", async () => {
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${service.metricsUrl}/graphql`)).status).toBe(404);
  });
});

describe("Without METRICS_PORT", () => {
  const quiet = startService();

  it("there are no metrics", async () => {
    expect(quiet.metricsUrl).toBeUndefined();
    expect((await fetch(`${quiet.url}/metrics`)).status).toBe(404);
  });
});
