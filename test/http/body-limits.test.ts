import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { estimate } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { postStore } from "./rest-client.ts";

const service = startService({ BODY_LIMIT_MB: "1", QUERY_LIMIT_KB: "64" });

const PADDING = "x".repeat(100_000);
const QUERY = "query ($s: String) { jobs(filter: { project: $s }) { totalCount } }";
const STORE = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
const input = () => ({ estimate: estimate(), labels: { padding: PADDING } });

/** Sends a body in parts of unknown number, as some clients do whatever its size. */
async function postInParts(body: string) {
  const response = await fetch(`${service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: ReadableStream.from([body.slice(0, 50_000), body.slice(50_000)].map((part) => Buffer.from(part))),
    duplex: "half",
  });
  return { status: response.status, ...((await response.json()) as object) };
}

/** Announces a store of so many bytes over a connection of its own, and sends some of it. */
async function announce(bytes: number, sent: number): Promise<Socket> {
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n${" ".repeat(sent)}`,
  );
  // What is asked on a new connection after this comes after it.
  for (const _ of [1, 2]) await fetch(`${service.url}/health/live`, { headers: { connection: "close" } });
  return socket;
}

describe("A large body", () => {
  it.each([
    ["announced", (body: string) => service.post(body)],
    ["in parts", postInParts],
  ])("is a store's alone: %s", async (_how, post) => {
    expect(await post(JSON.stringify({ query: STORE, variables: { input: input() } }))).toMatchObject({
      status: 200,
      data: { storeEstimate: { created: true } },
    });
    expect(await post(JSON.stringify({ query: QUERY, variables: { s: PADDING } }))).toMatchObject({
      status: 413,
      errors: [
        {
          message: expect.stringContaining("65536 are allowed"),
          extensions: { code: "PAYLOAD_TOO_LARGE" },
        },
      ],
    });
  });

  it("is taken by POST /store", async () => {
    const { status } = await postStore(service, { ...estimate(), labels: { padding: PADDING } });
    expect(status).not.toBe(413);
  });

  it("waits, unread, until others leave room, while small ones are answered", async () => {
    const other = await announce(1_000_000, 500_000);
    let stored = false;
    const store = service
      .post(JSON.stringify({ query: STORE, variables: { input: input() } }))
      .then((answer) => {
        stored = true;
        return answer;
      });
    for (const _ of [1, 2, 3]) expect((await service.query(QUERY)).status).toBe(200);
    expect(stored).toBe(false);
    other.destroy();
    expect((await store).data).toEqual({ storeEstimate: { created: true } });
  });

  it("is refused when it had to wait for long, and told when to come again", async () => {
    const other = await announce(1_000_000, 500_000);
    const response = await fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: STORE, variables: { input: input() } }),
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }],
    });
    other.destroy();
  });
});
