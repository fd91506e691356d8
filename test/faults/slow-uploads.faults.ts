import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createToken } from "../access/tokens.ts";
import { until } from "../database/embedded/server-process.ts";
import { estimate } from "../support/estimates.ts";
import { metricOf } from "../support/metrics.ts";
import { startService } from "../support/service.ts";

const LIMITS = { BODY_LIMIT_MB: "1", QUERY_LIMIT_KB: "64" };
const LARGEST = 1_048_576;

const service = startService({ ...LIMITS, TRUST_PROXY: "1", METRICS_PORT: "0" });
let reader = "";
const guarded = startService(
  { ...LIMITS, AUTH: "tokens" },
  {
    prepare: async (url) => {
      reader = await createToken(url, { scope: "read" });
    },
  },
);

const FRAMINGS = {
  announced: { header: `content-length: ${LARGEST}`, frame: (part: string) => part },
  chunked: {
    header: "transfer-encoding: chunked",
    frame: (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`,
  },
};

/** Begins to send a body over a connection of its own. */
async function upload(
  url: string,
  path: string,
  framing: keyof typeof FRAMINGS,
  headers: readonly string[] = [],
) {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const { header, frame } = FRAMINGS[framing];
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    "content-type: application/json",
    header,
    ...headers,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  let answer = "";
  const answered = new Promise<string>((resolve) => {
    socket.on("data", (bytes) => {
      answer += bytes;
      if (/"code":"\w+"|"created":/.test(answer)) resolve(answer);
    });
  });
  return { send: (part: string) => socket.write(frame(part)), answered, end: () => socket.destroy() };
}

/** A store request of a number of bytes. */
function storeOf(bytes: number): string {
  const query = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
  return JSON.stringify({ query, variables: { input: { estimate: estimate() } } }).padEnd(bytes);
}

/** Waits until large bodies have so much of the memory. */
const whenHeld = (bytes: number) =>
  until(async () => (await metricOf(service, "results_storage_upload_bytes")) === bytes);

afterEach(() => whenHeld(0));

const from = (address: string) => `x-forwarded-for: ${address}`;

describe("Ten slow uploads", () => {
  it.each([
    ["announced, from one address", "/graphql", "announced", () => "192.0.2.1", 500_000],
    ["announced, from several addresses", "/graphql", "announced", (n: number) => `192.0.2.${n}`, 1_000_000],
    ["chunked, from one address", "/graphql", "chunked", () => "192.0.2.1", 500_000],
    ["chunked, from several addresses", "/graphql", "chunked", (n: number) => `192.0.2.${n}`, 1_000_000],
    ["over REST", "/api/v1/store", "chunked", (n: number) => `192.0.2.${n}`, 1_000_000],
  ] as const)("keep no store from its memory: %s", async (_how, path, framing, addressOf, held) => {
    const slow = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const sending = await upload(service.url, path, framing, [from(addressOf(n + 1))]);
        sending.send(" ".repeat(100_000));
        return sending;
      }),
    );
    await whenHeld(held);
    const response = await fetch(`${service.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": "192.0.2.1" },
      body: storeOf(1_000_000),
    });
    expect([response.status, await response.json()]).toEqual([
      200,
      { data: { storeEstimate: { created: true } } },
    ]);
    for (const { end } of slow) end();
  });
});

describe("Large uploads that do not fit into the memory together", () => {
  it.each(["announced", "chunked"] as const)("are told to come again, but for one: %s", async (framing) => {
    const uploads = await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        upload(service.url, "/api/v1/store", framing, [from(`192.0.2.${n}`)]),
      ),
    );
    for (const { send } of uploads) send(" ".repeat(1_000_000));
    const dropped = await Promise.race(uploads.map(({ answered }) => answered));
    expect(dropped).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5\r\n[\s\S]*"code":"SERVICE_UNAVAILABLE"/);
    for (const { end } of uploads) end();
  });

  it("do not block each other when they are half-received", async () => {
    const two = await Promise.all(
      ["192.0.2.1", "192.0.2.2"].map((address) =>
        upload(service.url, "/graphql", "announced", [from(address)]),
      ),
    );
    const body = storeOf(LARGEST);
    const half = LARGEST / 2;
    for (const { send } of two) send(body.slice(0, half));
    for (const { send } of two) send(body.slice(half));
    const answers = await Promise.all(two.map(({ answered }) => answered));
    const outcomes = answers.map((answer) => /"created":true|retry-after: 5/.exec(answer)?.[0]);
    expect(outcomes).toContain('"created":true');
    expect(outcomes).not.toContain(undefined);
    for (const { end } of two) end();
  });
});

describe("A large body of a client that may not store", () => {
  it("is refused when it is no longer small, and the server serves on", async () => {
    const sending = await upload(guarded.url, "/graphql", "chunked", [`authorization: Bearer ${reader}`]);
    sending.send(" ".repeat(100_000));
    expect(await sending.answered).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"PAYLOAD_TOO_LARGE"/);
    sending.end();
    expect((await fetch(`${guarded.url}/health/live`)).status).toBe(200);
  });
});
