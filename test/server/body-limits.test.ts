import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { jsonBodyParser } from "../../src/server/body.ts";
import { estimate } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { postStore } from "./rest-client.ts";

const service = startService({ BODY_LIMIT_MB: "1", QUERY_LIMIT_KB: "64" });

const PADDING = "x".repeat(100_000);
const QUERY = "query ($s: String) { jobs(filter: { project: $s }) { totalCount } }";
const STORE = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
const input = () => ({ estimate: estimate(), labels: { padding: PADDING } });

/** Sends a body with chunked transfer encoding, as some clients do for any size. */
async function postInChunks(body: string) {
  const response = await fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: ReadableStream.from([body.slice(0, 50_000), body.slice(50_000)].map((part) => Buffer.from(part))),
    duplex: "half",
  });
  return { status: response.status, ...((await response.json()) as object) };
}

describe("A large body", () => {
  it.each([
    ["with Content-Length", (body: string) => service.post(body)],
    ["in chunks", postInChunks],
  ])("is accepted for a store only: %s", async (_how, post) => {
    expect(await post(JSON.stringify({ query: STORE, variables: { input: input() } }))).toMatchObject({
      status: 200,
      data: { storeEstimate: { created: true } },
    });
    expect(await post(JSON.stringify({ query: QUERY, variables: { s: PADDING } }))).toMatchObject({
      status: 413,
      errors: [
        {
          message: expect.stringContaining("limit of 65536 bytes"),
          extensions: { code: "PAYLOAD_TOO_LARGE" },
        },
      ],
    });
  });

  it("is accepted by POST /store", async () => {
    const { status } = await postStore(service, { ...estimate(), labels: { padding: PADDING } });
    expect(status).not.toBe(413);
  });
});

describe("A body whose client disconnects during authentication", () => {
  it("is incomplete", async () => {
    const server = fastify();
    server.removeAllContentTypeParsers();
    const limits = { maxBytes: 1_000, maxQueryBytes: 1_000, largeBytes: 1_000 };
    server.addContentTypeParser("application/json", jsonBodyParser(limits));
    const { promise: failed, resolve } = Promise.withResolvers<Error>();
    server.setErrorHandler((error: Error) => resolve(error));
    // The authentication takes until the client has disconnected.
    server.addHook("onRequest", ({ raw }, _reply, done) => void raw.socket.once("close", () => done()));
    server.post("/", () => "");
    await server.listen({ port: 0, host: "127.0.0.1" });
    const socket = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
    const received = once(server.server, "request");
    socket.write(
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    );
    await received;
    socket.destroy();
    expect((await failed).message).toBe("The body is incomplete.");
    await server.close();
  });
});
