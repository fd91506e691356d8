import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { native, nativeResource } from "./native.ts";
import { call, nextOf, postStore } from "./rest-client.ts";

const service = startService();

/** Three resources: one dear, one of unknown cost, one that is a credit. */
const RESOURCES = [
  nativeResource({
    resource_id: "aws_s3_bucket.b",
    service: "S3",
    total_monthly_cost: null,
    compute_cost: 0,
  }),
  nativeResource({ resource_id: "aws_instance.web", total_monthly_cost: "12.50", tags: { team: "a" } }),
  nativeResource({ resource_id: "credit", region: "global", total_monthly_cost: "-2.5" }),
];

const stored = async (estimate: object, context: object = {}): Promise<string> =>
  (await postStore(service, native(estimate, context))).json.job_id;

let first: string;
let second: string;
let free: string;
let rupees: string;

beforeAll(async () => {
  const context = { project: "shop", branch: "main", commit_sha: "c0ffee", user_id: "ben" };
  first = await stored({ total_monthly_cost: "10", by_resource: RESOURCES, profile: "prod" }, context);
  second = await stored({ total_monthly_cost: "12.5" });
  free = await stored({ total_monthly_cost: "0", by_resource: [] });
  rupees = await stored({ currency: "INR" });
});

describe("The walkthrough", () => {
  it("reads a job", async () => {
    const { status, type, json } = await call(service, `/jobs/${first}`);
    expect([status, type]).toEqual([200, "application/json; charset=utf-8"]);
    expect(json).toMatchObject({
      job_id: first,
      status: "completed",
      user_id: "ben",
      terraform_plan_hash: "abc",
      project: "shop",
      branch: "main",
      commit_sha: "c0ffee",
      profile: "prod",
      total_monthly_cost: 10,
      confidence_score: null,
      resource_count: 3,
      unpriced_resource_count: 1,
      schema_version: "1",
      currency: "USD",
    });
    expect(json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("reads the resources, most expensive first and unknown costs last", async () => {
    const { json } = await call(service, `/jobs/${first}/resources`);
    expect(
      json.map(({ resource_id, total_monthly_cost }: Record<string, unknown>) => [
        resource_id,
        total_monthly_cost,
      ]),
    ).toEqual([
      ["aws_instance.web", 12.5],
      ["credit", -2.5],
      ["aws_s3_bucket.b", null],
    ]);
  });

  it("reads the services and the regions", async () => {
    const services = await call(service, `/jobs/${first}/services`);
    expect(services.text).toBe(
      '[{"service":"EC2","total_cost":10.00,"resource_count":2,"unpriced_resource_count":0},{"service":"S3","total_cost":0,"resource_count":1,"unpriced_resource_count":1}]',
    );
    const regions = await call(service, `/jobs/${first}/regions`);
    expect(regions.json).toEqual([
      {
        region: "eu-west-1",
        total_cost: 12.5,
        resource_count: 2,
        unpriced_resource_count: 1,
        services: { EC2: 12.5, S3: 0 },
      },
      {
        region: "global",
        total_cost: -2.5,
        resource_count: 1,
        unpriced_resource_count: 0,
        services: { EC2: -2.5 },
      },
    ]);
  });

  it("compares two jobs", async () => {
    const { text, json } = await call(service, `/compare?job_id_1=${first}&job_id_2=${second}`);
    expect(json).toMatchObject({
      job_1: { job_id: first, total_cost: 10, created_at: expect.any(String) },
      job_2: { job_id: second, total_cost: 12.5, created_at: expect.any(String) },
      delta: 2.5,
      percentage_change: 25,
    });
    expect(text).toContain('"delta":2.5,');
  });

  it("has no percentage of nothing", async () => {
    const { json } = await call(service, `/compare?job_id_1=${free}&job_id_2=${second}`);
    expect(json).toMatchObject({ delta: 12.5, percentage_change: null });
  });
});

describe("GET /jobs", () => {
  it.each<[string, () => string[]]>([
    ["", () => [rupees, free, second, first]],
    ["?user_id=ben", () => [first]],
    ["?project=shop&branch=main&profile=prod", () => [first]],
    ["?profile=dev", () => []],
    ["?user_id=", () => []],
  ])("%s lists the jobs that match, newest first", async (query, expected) => {
    const { status, json, headers } = await call(service, `/jobs${query}`);
    expect(status).toBe(200);
    expect(json.map(({ job_id }: { job_id: string }) => job_id)).toEqual(expected());
    expect(headers.get("link")).toBeNull();
  });

  it.each([1, 2, 3, 4])("has each job on one page of %i, and keeps its filter", async (limit) => {
    const seen: string[] = [];
    let pages = 0;
    for (let path: string | undefined = `/jobs?user_id=ana&limit=${limit}`; path !== undefined; pages++) {
      const page = await call(service, path);
      seen.push(...page.json.map(({ job_id }: { job_id: string }) => job_id));
      path = nextOf(page);
    }
    expect(seen).toEqual([rupees, free, second]);
    expect(pages).toBe(Math.ceil(3 / limit));
  });

  it("reads a page in one statement", async () => {
    expect(await statementsOf(() => call(service, "/jobs?limit=2"))).toEqual(["jobs.list"]);
  });
});

describe("GET /jobs/{job_id}/resources", () => {
  it.each([1, 2, 3])("has each resource on one page of %i", async (limit) => {
    const seen: string[] = [];
    for (let path: string | undefined = `/jobs/${first}/resources?limit=${limit}`; path !== undefined; ) {
      const page = await call(service, path);
      seen.push(...page.json.map(({ resource_id }: { resource_id: string }) => resource_id));
      path = nextOf(page);
    }
    expect(seen).toEqual(["aws_instance.web", "credit", "aws_s3_bucket.b"]);
  });
});

const NOBODY = "00000000-0000-7000-8000-000000000000";
const PARTS = [
  "",
  "/resources",
  "/services",
  "/regions",
  "/resources.csv",
  "/resources.focus.csv",
  "/resources.json",
];

describe("An unknown job is 404", () => {
  it.each(PARTS.flatMap((part) => [NOBODY, "x", "%27"].map((id) => `/jobs/${id}${part}`)))(
    "%s",
    async (path) => {
      const { status, type, json } = await call(service, path);
      expect([status, type]).toEqual([404, "application/problem+json; charset=utf-8"]);
      expect(json).toMatchObject({ status: 404, title: "Not Found", code: "NOT_FOUND" });
      expect(json.detail).toMatch(/^job_id must be the id of a stored job/);
    },
  );

  it("on either side of a comparison", async () => {
    for (const [name, query] of [
      ["job_id_1", `job_id_1=${NOBODY}&job_id_2=${first}`],
      ["job_id_2", `job_id_1=${first}&job_id_2=${NOBODY}`],
    ]) {
      const { json } = await call(service, `/compare?${query}`);
      expect(json).toMatchObject({ status: 404, detail: expect.stringContaining(`${name} must be`) });
    }
  });
});

describe("Bad parameters are 400", () => {
  it.each([
    ["/jobs?limit=0", "limit", "must be from 1 to 100"],
    ["/jobs?limit=101", "limit", "must be from 1 to 100"],
    ["/jobs?limit=1e1", "limit", "whole number"],
    ["/jobs?limit=", "limit", "whole number"],
    ["/jobs?cursor=x", "cursor", "the Link header gives it"],
    ["/jobs?profile=PROD", "profile", "dev, staging or prod"],
    ["/jobs?user_id=a&user_id=b", "user_id", "given once"],
    ["/jobs?user_id=%00", "user_id", "NUL"],
    ["/jobs?offset=20", "offset", "not a parameter"],
    ["/compare?job_id_1=x", "job_id_2", "is missing"],
    ["/compare", "job_id_1", "is missing"],
  ])("%s", async (url, path, rule) => {
    const { status, json } = await call(service, url);
    expect(status).toBe(400);
    expect(json).toMatchObject({ status: 400, code: "BAD_USER_INPUT" });
    expect(json.problems[0]).toEqual({ path, message: expect.stringContaining(rule) });
  });

  it("and so is a page of resources that is too large, or one of another list", async () => {
    const page = await call(service, "/jobs?limit=1");
    const cursor = new URLSearchParams(nextOf(page)?.split("?")[1]).get("cursor");
    const large = await call(service, `/jobs/${first}/resources?limit=1001`);
    const other = await call(service, `/jobs/${first}/resources?cursor=${cursor}`);
    expect(large.json.problems).toEqual([{ path: "limit", message: "must be from 1 to 1000" }]);
    expect(other.json.problems).toMatchObject([{ path: "cursor" }]);
  });

  it("and so is a URL that cannot be read", async () => {
    const { status, type, json } = await call(service, "/jobs/%zz");
    expect([status, type, json.code]).toEqual([
      400,
      "application/problem+json; charset=utf-8",
      "BAD_REQUEST",
    ]);
  });
});

describe("Else", () => {
  it("jobs of two currencies are 422", async () => {
    const { status, json } = await call(service, `/compare?job_id_1=${first}&job_id_2=${rupees}`);
    expect(status).toBe(422);
    expect(json).toMatchObject({
      status: 422,
      title: "Unprocessable Entity",
      code: "CURRENCY_MISMATCH",
      detail: "job_id_1 is in USD and job_id_2 in INR; compare jobs of one currency",
    });
  });

  it("a route that is not there is 404, as a problem", async () => {
    for (const path of ["", "/", "/nothing", "/jobs/a/b/c"]) {
      const { status, type, json } = await call(service, path);
      expect([status, type]).toEqual([404, "application/problem+json; charset=utf-8"]);
      expect(json.code).toBe("NOT_FOUND");
    }
  });

  it.each([
    ["GET", "/store", "POST"],
    ["PUT", "/store", "POST"],
    ["POST", "/jobs", "GET, HEAD"],
    ["DELETE", `/jobs/${NOBODY}`, "GET, HEAD"],
    ["PATCH", "/openapi.json", "GET, HEAD"],
  ])("%s %s is 405, and says what is allowed", async (method, path, allow) => {
    const { status, headers, json } = await call(service, path, { method });
    expect([status, headers.get("allow")]).toEqual([405, allow]);
    expect(json.code).toBe("METHOD_NOT_ALLOWED");
  });
});
