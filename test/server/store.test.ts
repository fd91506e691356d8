import { describe, expect, it } from "vitest";
import { tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { rowCounts } from "../support/tables.ts";
import { EVERYTHING, native, nativeResource } from "./native.ts";
import { call, postStore } from "./rest-client.ts";

const service = startService({ BODY_LIMIT_MB: "1" });

/** Every digit that an amount may have. */
const DIGITS = "12345678901234567890.123456789012345678901234567890";

const job = async (id: string) => (await call(service, `/jobs/${id}`)).json;

describe("POST /store", () => {
  it("stores everything that the shape has a name for", async () => {
    const { status, json } = await postStore(service, EVERYTHING);
    expect(status).toBe(201);
    const { data } = await service.query(
      `query ($id: ID!) { job(id: $id) {
        userId terraformPlanHash project branch commitSha pullRequestUrl labels totalMonthlyCost currency profile
        confidenceScore estimator estimatedAt warnings { code }
        resources { nodes { resourceId totalMonthlyCost computeCost costDrivers assumptions tags confidenceScore } }
        regions { region services { service totalMonthlyCost resourceCount } }
      } }`,
      { id: json.job_id },
    );
    expect(data.job).toMatchObject({
      userId: "ana",
      terraformPlanHash: "abc",
      project: "shop",
      branch: "main",
      commitSha: "c0ffee",
      pullRequestUrl: "https://example.com/pull/1",
      labels: { team: "platform" },
      profile: "PROD",
      confidenceScore: 0.9,
      estimator: "test 1.0",
      estimatedAt: "2026-11-22T10:15:00.000Z",
      warnings: [{ code: "A_CODE" }],
      resources: { nodes: [{ assumptions: { hours: 730 }, tags: { team: "platform" } }] },
      regions: [
        { region: "eu-west-1", services: [{ service: "EC2", totalMonthlyCost: "10.00", resourceCount: 1 }] },
      ],
    });
  });

  it.each(["a JSON number", "a string"])("keeps every digit of %s", async (kind) => {
    const amount = kind === "a string" ? `"${DIGITS}"` : DIGITS;
    const body = JSON.stringify(native({ by_resource: [nativeResource({ compute_cost: "AMOUNT" })] }))
      .replaceAll('"10.00"', amount)
      .replaceAll('"AMOUNT"', amount);
    const { json } = await postStore(service, body);
    const path = `/jobs/${json.job_id}`;
    expect((await call(service, path)).text).toContain(`"total_monthly_cost":${DIGITS},`);
    expect((await call(service, `${path}/resources`)).text).toContain(`"compute_cost":${DIGITS},`);
    expect((await call(service, `${path}/services`)).text).toContain(`"total_cost":${DIGITS},`);
    expect((await call(service, `${path}/regions`)).text).toContain(`"services":{"EC2":${DIGITS}}`);
  });

  it("answers the same job when a key is sent again, and 409 when it comes with something else", async () => {
    const first = await postStore(service, native(), "again");
    const second = await postStore(service, native(), "again");
    const third = await postStore(service, native({ total_monthly_cost: 11 }), "again");
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.json).toEqual(first.json);
    expect(third.json).toMatchObject({ status: 409, code: "IDEMPOTENCY_CONFLICT" });
    expect(third.json.detail).toMatch(/^Idempotency-Key "again" has stored another estimate/);
  });

  it("takes what GraphQL has stored under the same key for the same", async () => {
    const input = { idempotencyKey: "either way", userId: "ana", terraformPlanHash: "abc" };
    const { data } = await tryToStore(service, { ...input, estimate: { ...GRAPHQL_ESTIMATE, warnings: [] } });
    const { status, json } = await postStore(service, native(), "either way");
    expect([status, json.job_id]).toEqual([200, data.storeEstimate.job.id]);
  });

  it("takes an estimate without a currency to be in USD, and says so", async () => {
    const { json } = await postStore(service, native({ currency: undefined }));
    expect(await job(json.job_id)).toMatchObject({
      currency: "USD",
      warnings: [{ code: "CURRENCY_ASSUMED" }],
    });
  });
});

const GRAPHQL_ESTIMATE = {
  totalMonthlyCost: "10.00",
  currency: "USD",
  byResource: [
    {
      resourceId: "aws_instance.web",
      resourceType: "aws_instance",
      service: "EC2",
      region: "eu-west-1",
      totalMonthlyCost: "10.00",
      computeCost: "10.00",
    },
  ],
};

const LONG = "x".repeat(256);

describe("POST /store refuses", () => {
  it.each<[string, object, string, string]>([
    [
      "an amount that is none",
      native({ total_monthly_cost: "ten" }),
      "estimate.total_monthly_cost",
      "decimal",
    ],
    ["no amount", native({ total_monthly_cost: null }), "estimate.total_monthly_cost", "must be an amount"],
    [
      "another name's amount",
      native({ total_monthly_cost: undefined, total_cost: "x" }),
      "estimate.total_cost",
      "decimal",
    ],
    ["a currency that is none", native({ currency: "usd" }), "estimate.currency", "ISO 4217"],
    ["a time that is none", native({ timestamp: "soon" }), "estimate.timestamp", "RFC 3339"],
    ["a profile that is none", native({ profile: "test" }), "estimate.profile", "dev, staging or prod"],
    ["a confidence of 90", native({ confidence_score: 90 }), "estimate.confidence_score", "from 0 to 1"],
    ["no resources", native({ by_resource: null }), "estimate.by_resource", "must be a list"],
    ["a long user", native({}, { user_id: LONG }), "user_id", "at most 255 characters"],
    ["labels that are none", native({}, { labels: [] }), "labels", "must be an object"],
    [
      "half a resource",
      native({ by_service: [{ service: "EC2", total_monthly_cost: 1, resource_count: 0.5 }] }),
      "estimate.by_service[0].resource_count",
      "whole number",
    ],
    [
      "more resources than a number of GraphQL",
      native({ by_service: [{ service: "EC2", total_monthly_cost: 1, resource_count: 3_000_000_000 }] }),
      "estimate.by_service[0].resource_count",
      "from 0 to 10000000",
    ],
    [
      "more unsupported resources than possible",
      native({ unsupported_resource_count: 10_000_001 }),
      "estimate.unsupported_resource_count",
      "from 0 to 10000000",
    ],
    [
      "the third resource's cost",
      native({
        by_resource: [nativeResource(), nativeResource(), nativeResource({ total_monthly_cost: "1,5" })],
      }),
      "estimate.by_resource[2].total_monthly_cost",
      "decimal",
    ],
    [
      "a NUL in a tag",
      native({ by_resource: [nativeResource({ tags: { the_key: "\0" } })] }),
      "estimate.by_resource[0].tags.the_key",
      "NUL",
    ],
    ["no estimate", { user_id: "ana" }, "estimate", "is missing"],
    ["a list", [], "the body", "must be a JSON object"],
  ])("%s, by the client's name for it", async (_name, body, path, rule) => {
    const before = await rowCounts(service);
    const { status, type, json } = await postStore(service, body);
    expect([status, type]).toEqual([400, "application/problem+json; charset=utf-8"]);
    expect(json).toMatchObject({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      code: "BAD_USER_INPUT",
      detail: expect.stringContaining(path),
      problems: [{ path, message: expect.stringContaining(rule) }],
    });
    expect(await rowCounts(service)).toEqual(before);
  });

  it("an overlong Idempotency-Key, by the header's name", async () => {
    const { json } = await postStore(service, native(), LONG);
    expect(json.problems).toEqual([{ path: "Idempotency-Key", message: "must have at most 255 characters" }]);
  });

  it("several things at once, each by its path", async () => {
    const by_service = [1, 2].map(() => ({ service: "EC2", total_monthly_cost: "5", resource_count: 1 }));
    const { json } = await postStore(service, native({ by_service }, { branch: " " }));
    expect(json.problems).toEqual([
      { path: "branch", message: "must not be empty; omit it if it is unknown" },
      { path: "estimate.by_service[1].service", message: "must not repeat estimate.by_service[0].service" },
    ]);
  });

  it.each<[string, RequestInit, number, string]>([
    ["no JSON", { body: "{", headers: { "content-type": "application/json" } }, 400, "BAD_REQUEST"],
    ["nothing", {}, 400, "BAD_USER_INPUT"],
    ["text", { body: "x", headers: { "content-type": "text/plain" } }, 415, "UNSUPPORTED_MEDIA_TYPE"],
    [
      "more than the limit",
      { body: " ".repeat(1_100_000), headers: { "content-type": "application/json" } },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
  ])("%s", async (_name, init, status, code) => {
    const answer = await call(service, "/store", { method: "POST", ...init });
    expect(answer.json).toMatchObject({ status, code, detail: expect.stringMatching(/\S/) });
    expect(answer.status).toBe(status);
  });
});
