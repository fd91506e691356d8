import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, it } from "vitest";
import { openapiDocument, openapiText } from "../../src/server/rest/openapi.ts";
import { startService } from "../support/service.ts";
import { EVERYTHING, native } from "./native.ts";
import { call, postStore } from "./rest-client.ts";

const service = startService();

const openapi = openapiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openapi, "openapi.json");

/** What is wrong with a value, going by a schema of the document. */
function problemsWith(schema: string, value: unknown): unknown {
  const validate = ajv.compile({ $ref: `openapi.json#/components/schemas/${schema}` });
  return validate(value) ? [] : validate.errors;
}

let id: string;
let sample: unknown;

beforeAll(async () => {
  const text = await readFile(new URL("../estimates/files/native.json", import.meta.url), "utf8");
  sample = JSON.parse(text);
  id = (await postStore(service, sample)).json.job_id;
});

describe("openapi.json", () => {
  it("is what the routes say (npm run openapi)", async () => {
    const checkedIn = await readFile(new URL("../../openapi.json", import.meta.url), "utf8");
    expect(checkedIn).toBe(openapiText());
  });

  it("is served as it is checked in", async () => {
    const { status, type, text } = await call(service, "/openapi.json");
    expect([status, type]).toEqual([200, "application/json; charset=utf-8"]);
    expect(text).toBe(openapiText());
  });

  it("has the version of the package", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    expect(openapiDocument().info.version).toBe(version);
  });

  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(openapiText()))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("says something of every operation, parameter and field", () => {
    const bare = Object.entries(openapi.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, field]) => typeof field === "object" && !field.description && !field.$ref && !field.anyOf)
        .map(([field]) => `${name}.${field}`),
    );
    expect(bare).toEqual([]);
  });
});

describe("What is answered", () => {
  it.each<[string, () => string]>([
    ["Jobs", () => "/jobs"],
    ["Job", () => `/jobs/${id}`],
    ["Resources", () => `/jobs/${id}/resources`],
    ["Services", () => `/jobs/${id}/services`],
    ["Regions", () => `/jobs/${id}/regions`],
    ["Comparison", () => `/compare?job_id_1=${id}&job_id_2=${id}`],
    ["Problem", () => "/jobs/x"],
    ["Problem", () => "/jobs?limit=x"],
    ["Problem", () => "/nothing"],
  ])("is a %s as described, and no field more", async (schema, path) => {
    const { json } = await call(service, path());
    expect(problemsWith(schema, json)).toEqual([]);
    const [row] = [json].flat();
    const rowSchema = Array.isArray(json) ? schema.slice(0, -1) : schema;
    const described = openapi.components.schemas[rowSchema]?.properties ?? {};
    expect(Object.keys(described)).toEqual(expect.arrayContaining(Object.keys(row)));
  });
});

describe("What is taken", () => {
  it("is as described: real estimates, and one with every field", () => {
    expect(problemsWith("StoreInput", sample)).toEqual([]);
    expect(problemsWith("StoreInput", EVERYTHING)).toEqual([]);
  });

  it("is described in full: the one with every field has every field", () => {
    const { StoreInput, EstimateInput, ResourceInput } = openapi.components.schemas;
    expect(Object.keys(StoreInput?.properties ?? {}).sort()).toEqual(Object.keys(EVERYTHING).sort());
    const { estimate } = EVERYTHING;
    expect(Object.keys(EstimateInput?.properties ?? {}).sort()).toEqual(Object.keys(estimate).sort());
    const [resource = {}] = estimate.by_resource;
    expect(Object.keys(ResourceInput?.properties ?? {}).sort()).toEqual(Object.keys(resource).sort());
  });

  it.each([
    ["StoreInput", (body: object) => body],
    ["EstimateInput", (body: { estimate: object }) => body.estimate],
    ["ResourceInput", (body: { estimate: { by_resource: object[] } }) => body.estimate.by_resource[0] ?? {}],
  ] as const)("needs what %s says it needs, and nothing else", async (schema, partOf) => {
    const { properties = {}, required = [] } = openapi.components.schemas[schema] ?? {};
    for (const field of Object.keys(properties)) {
      const body = structuredClone(EVERYTHING);
      Reflect.deleteProperty(partOf(body), field);
      Reflect.deleteProperty(body, "idempotency_key");
      const { status } = await postStore(service, body);
      expect([field, status]).toEqual([field, required.includes(field) ? 400 : 201]);
    }
  });

  it("is refused when it is of another type than described", async () => {
    for (const estimate of [
      { total_monthly_cost: true },
      { by_resource: [5] },
      { estimator: 5 },
      { profile: "x" },
    ]) {
      expect(problemsWith("StoreInput", native(estimate))).not.toEqual([]);
      expect((await postStore(service, native(estimate))).status).toBe(400);
    }
  });
});
