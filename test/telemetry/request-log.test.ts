import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { estimate, resource, store, tryToStore } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { startService } from "../support/service.ts";

const INFO = 30;
const WARN = 40;
const ERROR = 50;

const { log, texts, requestLines } = createTestLog();
const service = startService({}, { log });

describe("The log line of a request", () => {
  it("has the operation of a query and its costs", async () => {
    await store(service);
    await requestLines(1);
    await service.query("query Newest($n: Int) { jobs(first: $n) { totalCount nodes { id } } }", {
      n: 5,
    });
    const lines = await requestLines(1);
    expect(lines).toEqual([
      expect.objectContaining({
        level: INFO,
        method: "POST",
        route: "/graphql",
        operation: "Newest",
        kind: "query",
        status: 200,
        statements: 2,
        rows: 2,
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        durationMs: expect.any(Number),
        bytesIn: expect.any(Number),
        bytesOut: expect.any(Number),
      }),
    ]);
    expect(lines[0]).not.toHaveProperty("errors");
    expect(lines[0]).not.toHaveProperty("err");
  });

  it("has the use of the response cache by a query", async () => {
    await service.query("query List { jobs { nodes { id } } }");
    await service.query("query List { jobs { nodes { id } } }");
    await service.query("query Count { jobs { totalCount } }");
    await fetch(`${service.url}/api/v1/jobs`);
    const lines = await requestLines(4);
    const results = lines.map(({ operation, cache }) => [operation, cache]);
    expect(results).toEqual([
      ["List", "miss"],
      ["List", "hit"],
      ["Count", "uncacheable"],
      ["listJobs", undefined],
    ]);
  });

  it("counts the statements of a mutation", async () => {
    await service.query(
      "mutation Push($input: StoreEstimateInput!) { storeEstimate(input: $input) { job { project } } }",
      { input: { estimate: estimate({ byResource: [resource(), resource({ resourceId: "b" })] }) } },
    );
    const [line] = await requestLines(1);
    expect(line).toMatchObject({ level: INFO, operation: "Push", kind: "mutation" });
    expect(line?.statements).toBe(2);
  });

  it("counts the rows of a stream after its handler has returned", async () => {
    const id = await store(service);
    await requestLines(1);
    const response = await fetch(`${service.url}/api/v1/jobs/${id}/resources.csv`);
    await response.text();
    expect(await requestLines(1)).toEqual([
      expect.objectContaining({
        operation: "exportCsv",
        kind: "rest",
        route: "/api/v1/jobs/:job_id/resources.csv",
        statements: 2,
        rows: 2,
      }),
    ]);
  });

  it("keeps concurrent requests apart", async () => {
    const id = await store(service);
    await requestLines(1);
    await Promise.all([
      service.query("query None { __typename }"),
      service.query("query One($id: ID!) { job(id: $id) { id } }", { id }),
      service.query("query Two($id: ID!) { job(id: $id) { id change { delta } } }", { id }),
    ]);
    const lines = await requestLines(3);
    const counts = lines.map(({ operation, statements }) => [operation, statements]);
    expect(Object.fromEntries(counts)).toEqual({ None: 0, One: 1, Two: 2 });
  });

  it("is a warning for a refusal, with its code and without its message", async () => {
    await tryToStore(service, { estimate: estimate({ totalMonthlyCost: "a lot" }) });
    expect(await requestLines(1)).toEqual([
      expect.objectContaining({ level: WARN, status: expect.any(Number), errors: ["BAD_USER_INPUT"] }),
    ]);
  });

  it.each([
    ["a query that is none", () => service.query("{ nothing }"), "GRAPHQL_VALIDATION_FAILED"],
    ["a body that is no JSON", () => service.post("{"), "BAD_REQUEST"],
    ["a path that is not there", () => fetch(`${service.url}/nowhere`), "NOT_FOUND"],
    ["a REST route's refusal", () => fetch(`${service.url}/api/v1/jobs?limit=no`), "BAD_USER_INPUT"],
  ])("is a warning for %s", async (_what, send, code) => {
    await send();
    expect(await requestLines(1)).toEqual([expect.objectContaining({ level: WARN, errors: [code] })]);
  });

  it("is written for an invalid path", async () => {
    await fetch(`${service.url}/%zz`);
    expect(await requestLines(1)).toEqual([expect.objectContaining({ level: WARN, status: 400 })]);
  });

  it("is written for a client that disconnects", async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    );
    socket.end();
    socket.destroySoon();
    expect(await requestLines(1)).toEqual([
      expect.objectContaining({ level: WARN, status: 499, aborted: true, bytesIn: 9 }),
    ]);
  });
});

describe("A request's id", () => {
  it("is in the response and in the log", async () => {
    const response = await fetch(`${service.url}/health/live`, {
      headers: { "x-request-id": "ci-run/42:a" },
    });
    expect(response.headers.get("x-request-id")).toBe("ci-run/42:a");
    await fetch(`${service.url}/api/v1/jobs`, { headers: { "x-request-id": "abc" } });
    expect(await requestLines(1)).toEqual([expect.objectContaining({ requestId: "abc" })]);
  });

  it.each(["", "two words", "x".repeat(129), 'quo"te'])("is generated instead of %j", async (id) => {
    const response = await fetch(`${service.url}/api/v1/jobs`, { headers: { "x-request-id": id } });
    expect(response.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
    expect((await requestLines(1))[0]?.requestId).toBe(response.headers.get("x-request-id"));
  });
});

describe("A server error", () => {
  it("is in the log line of its request, complete and only there", async () => {
    await store(service);
    await requestLines(1);
    await service.sql("alter table service_costs rename to gone");
    try {
      const before = texts.length;
      await service.query("query Broken { jobs { nodes { id services { service } } } }");
      expect(await requestLines(1)).toEqual([
        expect.objectContaining({
          level: ERROR,
          operation: "Broken",
          errors: ["INTERNAL_SERVER_ERROR"],
          err: expect.objectContaining({
            message: 'relation "service_costs" does not exist',
            code: "42P01",
            stack: expect.stringContaining("src/jobs"),
          }),
        }),
      ]);
      expect(texts.length).toBe(before + 1);
    } finally {
      await service.sql("alter table gone rename to service_costs");
    }
  });
});
