import { describe, expect, it } from "vitest";
import { LARGE_BODY_BYTES } from "../../src/server/body.ts";
import { attribute, type ReceivedSpan, startCollector } from "../support/collector.ts";
import { estimate, store } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { startService } from "../support/service.ts";

const SERVER = 2;
const CLIENT = 3;
const FAILED = 2;

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

const collector = await startCollector();
const { log, requestLines } = createTestLog();
const service = startService({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` }, { log });

function ask(requestId: string, query: string, headers: Record<string, string> = {}) {
  return fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": requestId, ...headers },
    body: JSON.stringify({ query }),
  });
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...more] = spans.filter((one) => one.name === name);
  if (span === undefined || more.length > 0) throw new Error(`${name} in ${spans.map((one) => one.name)}`);
  return span;
}

function expectEachWithin(spans: readonly ReceivedSpan[], request: ReceivedSpan): void {
  for (const span of spans) {
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(request.startTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(request.endTimeUnixNano));
  }
}

describe("The trace of a request", () => {
  it("has a span of the request, of its operation, and of each SQL statement", async () => {
    await store(service);
    await ask("a", "query Newest { jobs { totalCount nodes { id } } }");
    const spans = await collector.traceOf("a");
    const request = named(spans, "POST /graphql");
    const operation = named(spans, "query Newest");
    const statements = spans.filter(({ kind }) => kind === CLIENT);
    expect(request).toMatchObject({ kind: SERVER, status: {} });
    expect(attribute(request, "http.response.status_code")).toBe(200);
    expect(operation.parentSpanId).toBe(request.spanId);
    expect(statements.map(({ name }) => name).sort()).toEqual(["jobs.count", "jobs.list"]);
    expect(statements.map(({ parentSpanId }) => parentSpanId)).toEqual([operation.spanId, operation.spanId]);
    expect(attribute(named(spans, "jobs.list"), "db.response.returned_rows")).toBe(1);
    expectEachWithin(spans, request);
  });

  it("includes the work of another thread", async () => {
    const mutation =
      "mutation Large($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
    const body = JSON.stringify({ query: mutation, variables: { input: { estimate: estimate() } } });
    await fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "large" },
      body: body.padEnd(LARGE_BODY_BYTES),
    });
    const spans = await collector.traceOf("large");
    const request = named(spans, "POST /graphql");
    const operation = named(spans, "mutation Large");
    expect(operation.parentSpanId).toBe(request.spanId);
    const insert = named(spans, "estimates.insertSmall");
    expect([insert.kind, insert.parentSpanId]).toEqual([CLIENT, operation.spanId]);
    expectEachWithin(spans, request);
  });

  it("continues the trace of the client, and its id is in the log", async () => {
    await requestLines(1);
    await ask("b", "{ __typename }", { traceparent: `00-${TRACE}-${PARENT}-01` });
    const spans = await collector.traceOf("b");
    expect(named(spans, "POST /graphql")).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(await requestLines(1)).toEqual([expect.objectContaining({ requestId: "b", traceId: TRACE })]);
  });

  it("is not sampled when the client does not sample it", async () => {
    await ask("c", "{ __typename }", { traceparent: `00-${TRACE}-${PARENT}-00` });
    await ask("d", "{ __typename }");
    await collector.traceOf("d");
    expect(collector.received.filter(({ body }) => body.includes('"c"'))).toEqual([]);
  });

  it("has the statements of a REST route below the request", async () => {
    await fetch(`${service.url}/api/v1/jobs?user_id=eve`, { headers: { "x-request-id": "e" } });
    const spans = await collector.traceOf("e");
    const request = named(spans, "GET /api/v1/jobs");
    expect(attribute(request, "operation.id")).toBe("listJobs");
    expect(named(spans, "jobs.list").parentSpanId).toBe(request.spanId);
  });

  it("marks the failed statement", async () => {
    await service.sql("alter table service_costs rename to gone");
    await ask("f", "query Broken { jobs { nodes { services { service } } } }");
    await service.sql("alter table gone rename to service_costs");
    const spans = await collector.traceOf("f");
    expect(named(spans, "POST /graphql").status.code).toBe(FAILED);
    expect(attribute(named(spans, "POST /graphql"), "error.type")).toBe("INTERNAL_SERVER_ERROR");
    const failed = spans.filter(({ kind, status }) => kind === CLIENT && status.code === FAILED);
    expect(failed.map(({ name }) => name)).toEqual(["jobs.list"]);
  });
});
