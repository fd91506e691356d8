import { describe, expect, it } from "vitest";
import { postGraphql, startService } from "../support/service.ts";
import { firstEvent, openStream } from "../support/streams.ts";

const service = startService({ CORS_ORIGINS: "https://dashboard.example.com" });

/** The status, the code and the message of a refused stream. */
async function refusalOf(request: Parameters<typeof openStream>[1]) {
  const stream = await openStream(service, request);
  await stream.ended();
  const { errors } = JSON.parse(stream.text);
  return { status: stream.status, code: errors[0].extensions.code, message: errors[0].message };
}

describe("A request to /graphql/stream", () => {
  it("must be a subscription", async () => {
    for (const query of [
      "{ jobs { totalCount } }",
      'mutation { excludeJob(input: { jobId: "x", reason: "y" }) { job { id } } }',
    ]) {
      expect(await refusalOf({ query })).toMatchObject({
        status: 400,
        code: "BAD_REQUEST",
        message: expect.stringContaining("to /graphql."),
      });
    }
  });

  it("is checked as a query is: syntax, fields, variables, filter, cost, shape", async () => {
    const job = (fields: string) => `subscription { jobStored { job { ${fields} } } }`;
    const cases: [object, string][] = [
      [{ query: "subscription {" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: job("nothing") }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: "subscription { __typename }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ variables: { filter: { currency: "dollars" } } }, "BAD_USER_INPUT"],
      [{ variables: { filter: { project: "\u0000" } } }, "BAD_USER_INPUT"],
      [
        { query: job("resources(first: 1000) { nodes { resourceId tags service region } }") },
        "QUERY_TOO_COMPLEX",
      ],
      [{ query: "subscription { jobStored @skip(if: true) { cursor } }" }, "QUERY_TOO_COMPLEX"],
      [
        {
          query:
            "subscription ($x: Boolean!) { ...F } fragment F on Subscription { jobStored @include(if: $x) { cursor } }",
        },
        "QUERY_TOO_COMPLEX",
      ],
    ];
    for (const [request, code] of cases) {
      expect([request, await refusalOf(request)]).toEqual([
        request,
        expect.objectContaining({ status: 400, code }),
      ]);
    }
  });

  it("must accept events, and be a POST of JSON of limited size", async () => {
    expect(await refusalOf({ headers: { accept: "application/json" } })).toMatchObject({
      status: 406,
      code: "NOT_ACCEPTABLE",
    });
    const get = await fetch(`${service.url}/graphql/stream?query=subscription{jobStored{cursor}}`);
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await refusalOf({ headers: { "content-type": "text/plain" } })).toMatchObject({ status: 415 });
    expect(await refusalOf({ query: "#".repeat(300_000) })).toMatchObject({
      status: 413,
      code: "PAYLOAD_TOO_LARGE",
    });
  });

  it("from a page of another origin is permitted as at /graphql", async () => {
    const origin = "https://dashboard.example.com";
    const stream = await openStream(service, { headers: { origin } });
    expect(stream.headers).toMatchObject({
      "access-control-allow-origin": origin,
      vary: expect.stringMatching(/\borigin\b/i),
    });
    await firstEvent(stream);
  });

  it("is not compressed", async () => {
    const stream = await openStream(service, { headers: { "accept-encoding": "gzip, br" } });
    await firstEvent(stream);
    expect(stream.headers["content-encoding"]).toBeUndefined();
  });
});

describe("A subscription at /graphql", () => {
  it("is refused with the URL of streams", async () => {
    const answer = await postGraphql(
      service.url,
      JSON.stringify({ query: "subscription { jobStored { cursor } }" }),
    );
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining("/graphql/stream"), extensions: { code: "BAD_REQUEST" } },
    ]);
  });
});
