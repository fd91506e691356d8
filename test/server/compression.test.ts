import { get } from "node:http";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
let id = "";

beforeAll(async () => {
  const byResource = Array.from({ length: 500 }, (_, n) => resource({ resourceId: `aws_instance.r${n}` }));
  id = await store(service, { estimate: estimate({ totalMonthlyCost: "5000.00", byResource }) });
});

/** The bytes of the response to a GET, which fetch would decompress. */
function fetchRaw(path: string, headers: Record<string, string>) {
  return new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
    get(`${service.url}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ encoding: response.headers["content-encoding"], body: Buffer.concat(chunks) }),
      );
    }).on("error", reject);
  });
}

const question = (fields: string) =>
  `/graphql?query=${encodeURIComponent(`{ job(id: "${id}") { ${fields} } }`)}`;
const LARGE = "resources(first: 500) { nodes { resourceId resourceType service region totalMonthlyCost } }";

describe("A large response", () => {
  it.each([
    ["of GraphQL", () => question(LARGE)],
    ["of a REST route", () => `/api/v1/jobs/${id}/resources`],
    ["that is an export", () => `/api/v1/jobs/${id}/resources.csv`],
  ])("%s is compressed if the client accepts it", async (_what, path) => {
    const plain = await fetchRaw(path(), {});
    const packed = await fetchRaw(path(), { "accept-encoding": "gzip" });
    expect([plain.encoding, packed.encoding]).toEqual([undefined, "gzip"]);
    expect(gunzipSync(packed.body)).toEqual(plain.body);
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
  });
});

describe("Accept-Encoding", () => {
  it.each([
    ["GZIP", "gzip"],
    ["deflate, gzip;q=0.5", "gzip"],
    ["gzip;q=0", undefined],
    ["gzip;q=0.0, identity", undefined],
    ["identity", undefined],
  ])("follows RFC 9110: %s", async (accepted, encoding) => {
    expect((await fetchRaw(question(LARGE), { "accept-encoding": accepted })).encoding).toBe(encoding);
  });
});

describe("A small response", () => {
  it("is not compressed", async () => {
    const headers = { "accept-encoding": "gzip" };
    expect((await fetchRaw(question("id"), headers)).encoding).toBeUndefined();
  });
});
