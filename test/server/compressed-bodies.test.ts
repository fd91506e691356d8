import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService();

const post = (body: Buffer, encoding: string, path = "/graphql") =>
  fetch(`${service.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": encoding },
    body: new Uint8Array(body),
  });

describe("A compressed body", () => {
  it.each([
    ["small", 10],
    ["as large as what another thread reads, when it is whole", 300_000],
    ["forty times the limit of a query, when it is whole", 10_000_000],
  ])("is rejected before it is read: %s", async (_size, bytes) => {
    const body = gzipSync(JSON.stringify({ query: "{ __typename }", padding: "a".repeat(bytes) }));
    const response = await post(body, "gzip");
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("gzip"), extensions: { code: "UNSUPPORTED_MEDIA_TYPE" } }],
    });
  });

  it("is rejected by REST with a problem document", async () => {
    const response = await post(gzipSync("{}"), "gzip", "/api/v1/store");
    expect([response.status, await response.json()]).toMatchObject([415, { code: "UNSUPPORTED_MEDIA_TYPE" }]);
  });

  it("is rejected with a list of encodings or an unknown one", async () => {
    for (const encoding of ["gzip, identity", "br", "zstd", "no such"]) {
      expect((await post(Buffer.from("{}"), encoding)).status).toBe(415);
    }
  });

  it("with the encoding identity is read", async () => {
    const response = await post(Buffer.from('{"query":"{ __typename }"}'), "identity");
    expect(response.status).toBe(200);
  });
});
