import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readPlan } from "../../src/import/terraform-plan.ts";
import { resource, resourcesText } from "./infracost-input.ts";
import { importOne, infracostSample, sample, warningCodes, warningMessage } from "./samples.ts";

const plan014 = sample("plans/terraform-plan-v0.14.json");
const examplePlan = sample("plans/terraform-plan-example_plan.json");

function regions(beginning: string, options: { plan?: string; region?: string }) {
  const { byResource } = importOne(infracostSample(beginning), options).estimate;
  return new Set(byResource.map(({ region }) => region));
}

function regionWith(attributes: Readonly<Record<string, unknown>>, address = "aws_x.y"): string | undefined {
  const resources = [{ address, values: attributes }];
  return readPlan(JSON.stringify({ planned_values: { root_module: { resources } } })).regionOf(address);
}

function regionConfigured(configuration: unknown, variables: unknown = {}, address = "aws_x.y") {
  return readPlan(JSON.stringify({ planned_values: {}, configuration, variables })).regionOf(address);
}

describe("an import", () => {
  test("has all regions of ic-27 from its plan of Terraform 0.14", () => {
    expect(regions("ic-27", { plan: plan014 })).toEqual(new Set(["us-east-1"]));
  });

  test("has all regions of ic-01 from its plan", () => {
    expect(regions("ic-01", { plan: examplePlan })).toEqual(new Set(["us-east-1"]));
  });

  test("prefers the region option to the plan", () => {
    expect(regions("ic-27", { plan: plan014, region: "eu-west-1" })).toEqual(new Set(["eu-west-1"]));
  });

  test("without a plan or a region has unknown regions, without a warning", () => {
    const job = importOne(infracostSample("ic-28"));
    expect(new Set(job.estimate.byResource.map(({ region }) => region))).toEqual(new Set(["unknown"]));
    expect(warningCodes(job)).not.toContain("REGION_UNKNOWN");
  });

  test("counts the regions that are missing in the plan in one warning", () => {
    const job = importOne(infracostSample("ic-28"), { plan: examplePlan });
    expect(warningMessage(job, "REGION_UNKNOWN")).toBe("The plan has no region for 7 of 7 resources");
  });

  test.each(["aws_cloudfront_distribution", "aws_route53_zone", "aws_iam_role"])(
    "puts %s nowhere: global",
    (type) => {
      const job = importOne(resourcesText([resource({ name: `${type}.a`, resourceType: type })]));
      expect(job.estimate.byResource[0]?.region).toBe("global");
    },
  );

  test("has the SHA-256 of the plan's text", () => {
    const hash = createHash("sha256").update(plan014, "utf8").digest("hex");
    expect(importOne(infracostSample("ic-27"), { plan: plan014 }).terraformPlanHash).toBe(hash);
  });

  test("keeps the hash of a native estimate", () => {
    expect(importOne(sample("native.json"), { plan: plan014 }).terraformPlanHash).toMatch(/^9f2c4e5b/);
  });
});

describe("the region of a resource, by its attributes", () => {
  test.each([
    [{ availability_zone: "eu-west-1b" }, "eu-west-1"],
    [{ availability_zone: "us-gov-west-1a" }, "us-gov-west-1"],
    [{ availability_zone: "us-west-2-lax-1a" }, "us-west-2"],
    [{ arn: "arn:aws:rds:eu-central-1:123123123123:db:demo" }, "eu-central-1"],
    [{ arn: "arn:aws:iam::123123123123:role/demo" }, undefined],
    [{ region: "ap-southeast-2" }, "ap-southeast-2"],
    [{ zone: "europe-west1-b" }, "europe-west1"],
    [{ zone: "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a" }, "us-central1"],
    [{ location: "us-central1-a" }, "us-central1"],
    [{ location: "West Europe" }, "westeurope"],
    [{ location: "EU" }, "eu"],
    [{ availability_zone: null, region: 5 }, undefined],
  ])("%j", (attributes, region) => {
    expect(regionWith(attributes)).toBe(region);
  });

  test("is found for an address without the index of the plan", () => {
    const resources = [{ address: 'module.a["x.y"].aws_x.y[0]', values: { region: "eu-west-1" } }];
    const plan = readPlan(
      JSON.stringify({ planned_values: { root_module: { child_modules: [{ resources }] } } }),
    );
    expect(plan.regionOf("module.a.aws_x.y")).toBe("eu-west-1");
  });

  test("is found for a resource that is among the resource changes only", () => {
    const changes = [
      { address: "aws_x.y", change: { after: { region: "eu-west-1" } } },
      { address: "aws_x.z" },
    ];
    expect(readPlan(JSON.stringify({ resource_changes: changes })).regionOf("aws_x.y")).toBe("eu-west-1");
  });
});

describe("the region of a resource, by its provider", () => {
  const resources = [{ address: "aws_x.y", provider_config_key: "aws.west" }];
  const byVariable = { expressions: { region: { references: ["var.region"] } } };

  test("of several, is that of the configured provider", () => {
    const provider_config = {
      aws: { expressions: { region: { constant_value: "us-east-1" } } },
      "aws.west": { expressions: { region: { constant_value: "us-west-2" } } },
    };
    expect(regionConfigured({ provider_config, root_module: { resources } })).toBe("us-west-2");
  });

  test("is the value of a variable", () => {
    const configuration = { provider_config: { "aws.west": byVariable }, root_module: { resources } };
    expect(regionConfigured(configuration, { region: { value: "eu-west-3" } })).toBe("eu-west-3");
  });

  test("is the default of a variable", () => {
    const root_module = { resources, variables: { region: { default: "eu-north-1" } } };
    expect(regionConfigured({ provider_config: { "aws.west": byVariable }, root_module })).toBe("eu-north-1");
  });

  test("is a field of a variable", () => {
    const expressions = { region: { references: ["var.aws.region", "var.aws"] } };
    const configuration = { provider_config: { "aws.west": { expressions } }, root_module: { resources } };
    expect(regionConfigured(configuration, { aws: { value: { region: "eu-west-3" } } })).toBe("eu-west-3");
  });

  test("is the argument for the variable of a module", () => {
    const module = { resources: [{ address: "aws_x.y", provider_config_key: "module.eu:aws" }] };
    const call = { module, expressions: { region: { references: ["var.home"] } } };
    const configuration = {
      provider_config: { "module.eu:aws": byVariable },
      root_module: { module_calls: { eu: call } },
    };
    const variables = { home: { value: "eu-west-3" } };
    expect(regionConfigured(configuration, variables, "module.eu[0].aws_x.y")).toBe("eu-west-3");
  });

  test("is that of the calling modules' provider, with the short key of Terraform before 1.1", () => {
    const module = { resources: [{ address: "aws_x.y", provider_config_key: "inner:aws" }] };
    const configuration = {
      provider_config: {
        aws: { expressions: { region: { constant_value: "us-east-1" } } },
        "module.outer:aws": { expressions: { region: { constant_value: "eu-west-1" } } },
        "module.outer.module.inner:aws": {},
      },
      root_module: { module_calls: { outer: { module: { module_calls: { inner: { module } } } } } },
    };
    expect(regionConfigured(configuration, {}, "module.outer.module.inner.aws_x.y")).toBe("eu-west-1");
  });

  test("is unknown for a computed expression", () => {
    const configuration = { provider_config: { "aws.west": byVariable }, root_module: { resources } };
    expect(regionConfigured(configuration, { region: { value: "eu" } })).toBeUndefined();
  });
});
