import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService({ BODY_LIMIT_MB: "1" });

const QUERY = JSON.stringify({ query: "{ jobs { totalCount } }" });
const JSON_TYPE = { "content-type": "application/json" };

/** Sends a request, and returns the status and the code of the only error. */
async function outcome(init: RequestInit, path = "/graphql") {
  const response = await fetch(service.url + path, init);
  expect(response.headers.get("content-type")).toContain("application/json");
  const { errors } = (await response.json()) as {
    errors: { message: string; extensions: { code: string } }[];
  };
  expect(errors).toHaveLength(1);
  expect(errors[0]?.message).toMatch(/\S/);
  return [response.status, errors[0]?.extensions.code];
}

/** Sends bytes, and returns the bytes of the response. */
async function answerTo(request: string): Promise<string> {
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  return text(socket);
}

describe("A body", () => {
  it.each<[string, RequestInit]>([
    ["without a content type", { body: Buffer.from(QUERY) }],
    ["of plain text", { body: QUERY, headers: { "content-type": "text/plain" } }],
    ["of a form", { body: QUERY, headers: { "content-type": "multipart/form-data; boundary=x" } }],
    ["of a content type that is none", { body: QUERY, headers: { "content-type": "appli cation/;;" } }],
  ])("%s is an UNSUPPORTED_MEDIA_TYPE", async (_name, init) => {
    expect(await outcome({ method: "POST", ...init })).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  });

  it.each([
    ...["", "{", "[]", `[${QUERY}]`, "null", "5.10", '"x"', "true", "{}", "NaN", "{'query': 1}"],
    ...['{"query":5.10}', '{"query":""}', '{"query":null}', '{"operationName":"x"}'],
    ...[
      '{"query":"{ jobs { totalCount } }","variables":"x"}',
      '{"query":"{ jobs { totalCount } }","variables":[1]}',
    ],
  ])("of %j is a BAD_REQUEST", async (body) => {
    expect(await outcome({ method: "POST", headers: JSON_TYPE, body })).toEqual([400, "BAD_REQUEST"]);
  });

  it("that is not UTF-8 is a BAD_REQUEST", async () => {
    const body = Buffer.concat([
      Buffer.from('{"query":"{ jobs { totalCount } }","x":"'),
      Buffer.from([0xff, 0x22, 0x7d]),
    ]);
    expect(await outcome({ method: "POST", headers: JSON_TYPE, body })).toEqual([400, "BAD_REQUEST"]);
  });

  it.each([
    ...["utf-7", "UTF-7", "utf-16", "utf-16le", "UTF-32", "latin1", "iso-8859-1", "us-ascii", '"utf-7"'],
    ...[
      "",
      '""',
      "'utf-8'",
      "utf-8x",
      'utf-8"x',
      "utf-8; charset=utf-7",
      "utf-7; charset=utf-8",
      '"utf\\-7"',
    ],
  ])("of the charset %j is an UNSUPPORTED_MEDIA_TYPE, in GraphQL and REST", async (charset) => {
    const headers = { "content-type": `application/json; charset=${charset}` };
    expect(await outcome({ method: "POST", headers, body: QUERY })).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    const rest = await fetch(`${service.url}/api/v1/store`, { method: "POST", headers, body: "{}" });
    expect([rest.status, await rest.json()]).toMatchObject([415, { code: "UNSUPPORTED_MEDIA_TYPE" }]);
  });

  it.each(["utf-8", "UTF-8", '"utf-8"', '"UTF-8"', "utf8", "utf-8 ", "utf-8; x=y"])(
    "of the charset %j is read",
    async (charset) => {
      const headers = { "content-type": `application/json;charset=${charset}` };
      const response = await fetch(`${service.url}/graphql`, { method: "POST", headers, body: QUERY });
      expect([response.status, await response.json()]).toMatchObject([200, { data: {} }]);
    },
  );

  it("may begin with a byte order mark", async () => {
    expect(await service.post(`\ufeff${QUERY}`)).toMatchObject({ status: 200 });
  });

  it("beyond the limit is PAYLOAD_TOO_LARGE", async () => {
    const body = JSON.stringify({ query: "{ jobs { totalCount } }", padding: "x".repeat(1_048_576) });
    expect(await outcome({ method: "POST", headers: JSON_TYPE, body })).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  it("that is empty, without a content type, is a BAD_REQUEST", async () => {
    expect(await outcome({ method: "POST" })).toEqual([400, "BAD_REQUEST"]);
  });
});

describe("A request", () => {
  it.each(["PUT", "PATCH", "DELETE", "OPTIONS"])(
    "with the method %s receives the allowed methods",
    async (method) => {
      expect(await outcome({ method })).toEqual([405, "METHOD_NOT_ALLOWED"]);
      const { headers } = await fetch(`${service.url}/graphql`, { method });
      expect(headers.get("allow")).toBe("GET, POST, HEAD");
    },
  );

  it("for another path is NOT_FOUND", async () => {
    expect(await outcome({}, "/nope")).toEqual([404, "NOT_FOUND"]);
  });

  it("for an invalid path is a BAD_REQUEST", async () => {
    expect(await outcome({}, "/%")).toEqual([400, "BAD_REQUEST"]);
  });

  it("for an unsupported media type of the response is a BAD_REQUEST", async () => {
    const headers = { ...JSON_TYPE, accept: "image/png" };
    expect(await outcome({ method: "POST", headers, body: QUERY })).toEqual([406, "BAD_REQUEST"]);
  });

  it("with a very long header is a BAD_REQUEST", async () => {
    expect(await outcome({ headers: { "x-long": "a".repeat(20_000) } })).toEqual([431, "BAD_REQUEST"]);
  });

  it("whose variables in the URL are not JSON is a BAD_REQUEST", async () => {
    const path = "/graphql?query={jobs{totalCount}}&variables={";
    expect(await outcome({ headers: JSON_TYPE }, path)).toEqual([400, "BAD_REQUEST"]);
  });

  it.each(["[", "a b", "%%", ""])("with the host %j is a BAD_REQUEST", async (host) => {
    const answer = await answerTo(
      `POST /graphql HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${QUERY.length}\r\n\r\n${QUERY}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":"BAD_REQUEST"/s);
  });

  it.each(["garbage", "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: abc"])(
    "that is no HTTP is a BAD_REQUEST: %j",
    async (request) => {
      const answer = await answerTo(`${request}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*"code":"BAD_REQUEST"/s);
    },
  );
});
