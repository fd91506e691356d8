import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { estimate, resource } from "../support/estimates.ts";
import { oneServer } from "./one-server.ts";

const server = oneServer();

const CONNECTIONS = 200;

/** Within so long each of them must be gone; Node.js and we look every second. */
const CUT_MS = 15_000;

/** As /proc/net/tcp has it. */
const ESTABLISHED = "01";

const STORE =
  "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id } } }";

let exportPath = "";
beforeAll(async () => {
  // More than the operating system keeps in its buffers for a client that does not read: 4 MB here and there.
  const byResource = Array.from({ length: 12_000 }, (_, n) =>
    resource({ resourceId: `r${n}`, tags: { padding: "x".repeat(1_000) } }),
  );
  const answer = await post({ input: { estimate: estimate({ totalMonthlyCost: "120000", byResource }) } });
  const { data } = (await answer.json()) as { data: { storeEstimate: { job: { id: string } } } };
  exportPath = `/api/v1/jobs/${data.storeEstimate.job.id}/resources.json`;
});

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function post(variables: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query: STORE, variables }),
  });
}

/** A connection, with its first bytes. */
async function open(first: string): Promise<Socket> {
  const { port, hostname } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname });
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(first);
  return socket;
}

/** Sends a byte every second until the connection ends. */
async function drip(socket: Socket): Promise<void> {
  while (!socket.destroyed) {
    socket.write("a");
    await sleep(1_000);
  }
}

/** Reads a little every second: not so little that nothing moves, but far less than a line can take. */
async function sip(socket: Socket): Promise<void> {
  socket.pause();
  while (!socket.destroyed) {
    socket.read(1_000);
    await sleep(1_000);
  }
}

/**
 * How many of them the server still holds, by the kernel's table: a client that does not read does not notice that
 * its connection is gone.
 */
async function heldOf(slow: readonly Socket[]): Promise<number> {
  const [, ...rows] = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n");
  const ports = new Set(slow.map(({ localPort }) => localPort));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, remote, state]) => {
      const isOfServer = portIn(local) === Number(new URL(server.url).port);
      return isOfServer && ports.has(portIn(remote)) && state === ESTABLISHED;
    }).length;
}

function portIn(address = ""): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}

const POST = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

describe(`${CONNECTIONS} connections`, () => {
  it.each<[string, () => string, (socket: Socket) => Promise<void>]>([
    ["that send nothing", () => "", async () => {}],
    ["whose headers come byte by byte", () => `${POST}x-slow: `, drip],
    ["whose body comes byte by byte", () => `${POST}content-length: 100000\r\n\r\n`, drip],
    [
      "whose body comes in parts, byte by byte",
      () => `${POST}transfer-encoding: chunked\r\n\r\n5000\r\n`,
      drip,
    ],
    [
      "that ask and then nothing",
      () => "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n",
      async () => {},
    ],
    ["that take their answer in sips", () => `GET ${exportPath} HTTP/1.1\r\nhost: localhost\r\n\r\n`, sip],
  ])("%s are cut, while health is told", async (_what, first, go) => {
    const slow = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(first())));
    for (const socket of slow) {
      if (go !== sip) socket.resume();
      void go(socket);
    }
    // On a busy machine it takes a while until the server has begun with all of their answers.
    if (go === sip) await Promise.all(slow.map((socket) => once(socket, "readable")));
    const begin = Date.now();
    expect(await heldOf(slow)).toBeGreaterThan(0);
    while ((await heldOf(slow)) > 0) {
      expect(Date.now() - begin).toBeLessThan(CUT_MS);
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
      await sleep(200);
    }
    expect((await post({ input: { estimate: estimate() } })).status).toBe(200);
  });
});

describe("An honest upload over a slow line", () => {
  it("is read to its end, however long it takes", async () => {
    const body = JSON.stringify({
      query: STORE,
      variables: { input: { estimate: estimate(), labels: { padding: "x".repeat(2_000_000) } } },
    });
    const begin = Date.now();
    const socket = await open(`${POST}connection: close\r\ncontent-length: ${body.length}\r\n\r\n`);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    // 130 KB a second, so for longer than a slow client has.
    for (let start = 0; start < body.length; start += 13_000) {
      socket.write(body.slice(start, start + 13_000));
      await sleep(100);
    }
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(Date.now() - begin).toBeGreaterThan(12_000);
  });
});
