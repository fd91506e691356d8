import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { RequestRefused, request, unexpectedAnswer } from "../../src/client/client.ts";
import { StoreEstimateDocument } from "../../src/client/generated.ts";
import { ServerUnreachable } from "../../src/client/transport.ts";
import { estimate } from "../support/estimates.ts";
import { standIn } from "../support/stand-in.ts";

const stored = JSON.stringify({ data: { storeEstimate: { created: true } } });

const send = (url: string, token?: string) =>
  request({ url, token }, StoreEstimateDocument, { input: { estimate: estimate() } });

describe.concurrent("The client", () => {
  it.each(["", "/", "/graphql", "/graphql/"])("accepts a server URL that ends in %j", async (end) => {
    const server = await standIn((response) => void response.end(stored));
    await send(`${server.url}/storage${end}`);
    expect(server.received[0]?.url).toBe("/storage/graphql");
  });

  it("sends a token only when it has one", async () => {
    const server = await standIn((response) => void response.end(stored));
    await send(server.url);
    await send(server.url, "t0ken");
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer t0ken"]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["the connection is refused in the middle", (response) => response.destroy()],
    [
      "the response is interrupted",
      (response) => {
        response.writeHead(200, { "content-length": "1000" }).write("{");
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ["a proxy does not reach the server", (response) => response.writeHead(502).end("<h1>Bad gateway</h1>")],
    ["a proxy responds with JSON", (response) => response.writeHead(503).end('{"message":"none"}')],
    [
      "the service has no database",
      (response) =>
        response.end('{"errors":[{"message":"away","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}'),
    ],
    [
      "the service limits the rate",
      (response) =>
        response
          .writeHead(429, { "retry-after": "1" })
          .end('{"errors":[{"message":"slower","extensions":{"code":"TOO_MANY_REQUESTS"}}]}'),
    ],
  ])("retries when %s", async (_name, fail) => {
    const server = await standIn((response, count) =>
      count === 1 ? fail(response) : void response.end(stored),
    );
    expect(await send(server.url)).toEqual({ storeEstimate: { created: true } });
    expect(server.received).toHaveLength(2);
    expect(server.received[0]?.body).toBe(server.received[1]?.body);
  });

  it("waits for the seconds of Retry-After", async () => {
    const begin = Date.now();
    const server = await standIn((response, count) =>
      count === 1
        ? void response
            .writeHead(503, { "retry-after": "1" })
            .end('{"errors":[{"message":"busy","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}')
        : void response.end(stored),
    );
    await send(server.url);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(1_000);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    [
      "the service refuses",
      (response) => response.end('{"errors":[{"message":"no","extensions":{"code":"BAD_USER_INPUT"}}]}'),
      "BAD_USER_INPUT: no",
    ],
    [
      "there is no service",
      (response) => response.end('{"data":null}'),
      "Is this the URL of a results storage?",
    ],
    [
      "it is sent elsewhere",
      (response) => response.writeHead(301, { location: "https://elsewhere/" }).end(),
      "It redirects to https://elsewhere/",
    ],
  ])("does not retry when %s", async (_name, refuse, message) => {
    const server = await standIn(refuse);
    const failure = await send(server.url).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestRefused);
    expect(String(failure)).toContain(message);
    expect(server.received).toHaveLength(1);
  });
});

describe("A response of another program", () => {
  const says = (status: number, body: string) =>
    unexpectedAnswer({ url: "http://x" }, new Response(body, { status, statusText: "Status" }), body);

  it.each([
    [
      404,
      "<!doctype html><h1>404</h1>",
      "http://x responded with HTTP 404 (Status). Is this the URL of a results storage?",
    ],
    [
      200,
      "<html>Log in</html>",
      "http://x responded with HTTP 200 (Status). Is this the URL of a results storage?",
    ],
    [
      404,
      '{"error":\n"no route"}',
      'http://x responded with HTTP 404 (Status): {"error": "no route"}. Is this',
    ],
    [401, "Who are you?", "Is RESULTS_STORAGE_TOKEN a valid token?"],
    [413, "", "A proxy in front of the server limits the size of requests."],
    [400, "x".repeat(1000), `HTTP 400 (Status): ${"x".repeat(200)}....`],
  ])("with status %i and %j is refused in a sentence", (status, body, message) => {
    expect(says(status, body)).toBeInstanceOf(RequestRefused);
    expect(says(status, body).message).toContain(message);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])("with status %i is temporary", (status) => {
    expect(says(status, "<h1>Later</h1>")).toBeInstanceOf(ServerUnreachable);
  });
});
