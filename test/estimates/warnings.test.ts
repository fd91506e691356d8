import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EstimateInput } from "../../src/client/generated.ts";
import { sum } from "../../src/lib/money.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** The warnings of an estimate that is stored, as "CODE: message". */
async function warnings(fields: Partial<EstimateInput>): Promise<string[]> {
  const { data } = await tryToStore(service, { estimate: estimate(fields) });
  return data.storeEstimate.job.warnings.map(
    ({ code, message }: Record<string, string>) => `${code}: ${message}`,
  );
}

const ec2 = (totalMonthlyCost: string, resourceCount = 1) => ({
  service: "EC2",
  totalMonthlyCost,
  resourceCount,
});

const ireland = (totalMonthlyCost: string, resourceCount = 1) => ({
  region: "eu-west-1",
  totalMonthlyCost,
  resourceCount,
});

describe("An estimate that adds up", () => {
  it("has no warnings", async () => {
    expect(
      await warnings({
        byService: [ec2("10.00")],
        byRegion: [{ ...ireland("10.00"), services: [ec2("10.00")] }],
      }),
    ).toEqual([]);
  });

  it("has none whatever its amounts are, when they add up exactly", async () => {
    const amount = fc
      .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 20 }))
      .map(([units, scale]) => {
        const size = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
        const split = size.length - scale;
        const text = scale === 0 ? size : `${size.slice(0, split)}.${size.slice(split)}`;
        return units < 0n ? `-${text}` : text;
      });
    const resources = fc.array(
      fc.record({
        name: fc.constantFrom("a", "b", "c"),
        parts: fc.array(amount, { minLength: 4, maxLength: 4 }),
      }),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(resources, async (list) => {
        const byResource = list.map(({ name, parts }, i) =>
          resource({
            resourceId: `r${i}`,
            service: name,
            region: name,
            totalMonthlyCost: sum(parts),
            computeCost: parts[0] ?? null,
            storageCost: parts[1] ?? null,
            networkCost: parts[2] ?? null,
            otherCost: parts[3] ?? null,
          }),
        );
        const groups = [...Map.groupBy(byResource, (item) => item.service)].map(([name, items]) => ({
          service: name,
          totalMonthlyCost: sum(items.map((item) => item.totalMonthlyCost ?? "0")),
          resourceCount: items.length,
        }));
        const totalMonthlyCost = sum(groups.map((group) => group.totalMonthlyCost));
        const byRegion = groups.map((group) => ({
          region: group.service,
          totalMonthlyCost: group.totalMonthlyCost,
          resourceCount: group.resourceCount,
          services: [group],
        }));
        expect(await warnings({ totalMonthlyCost, byResource, byService: groups, byRegion })).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("TOTAL_MISMATCH", () => {
  it("names the total and what the resources add up to, and the total is stored as sent", async () => {
    const { data } = await service.query(
      `mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) {
        job { totalMonthlyCost warnings { code message } }
      } }`,
      { input: { estimate: estimate({ totalMonthlyCost: "11.50" }) } },
    );
    expect(data.storeEstimate.job).toEqual({
      totalMonthlyCost: "11.50",
      warnings: [{ code: "TOTAL_MISMATCH", message: "The total is 11.50, the resources add up to 10.00." }],
    });
  });

  it("says how many resources have no known cost, which may be the reason", async () => {
    const unknown = resource({ resourceId: "b", totalMonthlyCost: null, computeCost: null });
    expect(await warnings({ totalMonthlyCost: "12.00", byResource: [resource(), unknown] })).toEqual([
      "TOTAL_MISMATCH: The total is 12.00, the resources add up to 10.00, without 1 resource of unknown cost.",
    ]);
  });

  const thirds = ["a", "b", "c"].map((resourceId) =>
    resource({ resourceId, totalMonthlyCost: "3.33", computeCost: "3.33" }),
  );

  it("is silent at one unit of the last digit for each resource", async () => {
    expect(await warnings({ totalMonthlyCost: "10.02", byResource: thirds })).toEqual([]);
  });

  it("speaks at one unit more", async () => {
    expect(await warnings({ totalMonthlyCost: "10.03", byResource: thirds })).toEqual([
      "TOTAL_MISMATCH: The total is 10.03, the resources add up to 9.99.",
    ]);
  });

  it("gives free resources no slack", async () => {
    const free = ["x", "y", "z"].map((resourceId) =>
      resource({ resourceId, totalMonthlyCost: "0.00", computeCost: "0.00" }),
    );
    expect(await warnings({ totalMonthlyCost: "10.02", byResource: [resource(), ...free] })).toEqual([
      "TOTAL_MISMATCH: The total is 10.02, the resources add up to 10.00.",
    ]);
  });
});

describe("SERVICE_MISMATCH", () => {
  it("names a total that the services do not make, and a service that its resources do not make", async () => {
    expect(await warnings({ byService: [ec2("9.00")] })).toEqual([
      "SERVICE_MISMATCH: The total is 10.00, the services add up to 9.00.",
      "SERVICE_MISMATCH: The service EC2 is stated at 9.00, its resources add up to 10.00.",
    ]);
  });

  it("names a service that has resources and no total", async () => {
    expect(
      await warnings({ byService: [{ service: "S3", totalMonthlyCost: "10.00", resourceCount: 0 }] }),
    ).toEqual([
      "SERVICE_MISMATCH: The service S3 is stated at 10.00, its resources add up to 0.",
      "SERVICE_MISMATCH: The service EC2 has resources of 10.00 and no stated total.",
    ]);
  });
});

describe("REGION_MISMATCH", () => {
  it("names a total that the regions do not make, and a region that its resources do not make", async () => {
    expect(await warnings({ byRegion: [ireland("9.00")] })).toEqual([
      "REGION_MISMATCH: The total is 10.00, the regions add up to 9.00.",
      "REGION_MISMATCH: The region eu-west-1 is stated at 9.00, its resources add up to 10.00.",
    ]);
  });
});

describe("REGION_SERVICE_MISMATCH", () => {
  it("names a region that its services do not make", async () => {
    expect(await warnings({ byRegion: [{ ...ireland("10.00"), services: [ec2("8.00")] }] })).toEqual([
      "REGION_SERVICE_MISMATCH: The region eu-west-1 is stated at 10.00, its services add up to 8.00.",
    ]);
  });
});

describe("RESOURCE_MISMATCH", () => {
  it("names a resource whose costs do not make its total", async () => {
    expect(await warnings({ byResource: [resource({ computeCost: "6.00", networkCost: "1" })] })).toEqual([
      "RESOURCE_MISMATCH: The total of aws_instance.web is 10.00, its compute, storage, network and other costs add up to 7.00.",
    ]);
  });

  it("names a resource of unknown cost that has costs", async () => {
    expect(
      await warnings({ totalMonthlyCost: "0", byResource: [resource({ totalMonthlyCost: null })] }),
    ).toEqual([
      "RESOURCE_MISMATCH: The total of aws_instance.web is unknown, its compute, storage, network and other costs add up to 10.00.",
    ]);
  });

  it("lists twenty, and counts the others", async () => {
    const byResource = Array.from({ length: 23 }, (_, i) =>
      resource({ resourceId: `r${i}`, totalMonthlyCost: "1", computeCost: "5" }),
    );
    const all = await warnings({ totalMonthlyCost: "23", byResource });
    expect(all).toHaveLength(21);
    expect(all[19]).toContain("The total of r19 is 1,");
    expect(all[20]).toBe("RESOURCE_MISMATCH: There are 3 more of these.");
  });

  it("counts a single other one as one", async () => {
    const byResource = Array.from({ length: 21 }, () => resource({ computeCost: "5" }));
    expect(await warnings({ totalMonthlyCost: "210.00", byResource })).toContain(
      "RESOURCE_MISMATCH: There is 1 more of these.",
    );
  });
});

describe("RESOURCE_COUNT_MISMATCH", () => {
  it("names a service and a region that have another number of resources", async () => {
    expect(await warnings({ byService: [ec2("10.00", 2)], byRegion: [ireland("10.00", 3)] })).toEqual([
      "RESOURCE_COUNT_MISMATCH: The service EC2 is stated to have 2 resources, it has 1.",
      "RESOURCE_COUNT_MISMATCH: The region eu-west-1 is stated to have 3 resources, it has 1.",
    ]);
  });

  it("speaks of one resource as one", async () => {
    const byResource = [resource(), resource({ resourceId: "aws_instance.api" })];
    const fields = { totalMonthlyCost: "20.00", byResource, byService: [ec2("20.00", 1)] };
    expect(await warnings(fields)).toEqual([
      "RESOURCE_COUNT_MISMATCH: The service EC2 is stated to have 1 resource, it has 2.",
    ]);
  });
});

describe("DUPLICATE_RESOURCE", () => {
  it("names an address that occurs twice, with its costs", async () => {
    const twin = resource({ totalMonthlyCost: null, computeCost: null });
    expect(await warnings({ byResource: [resource(), twin] })).toEqual([
      "DUPLICATE_RESOURCE: aws_instance.web occurs 2 times, at 10.00, unknown.",
    ]);
  });

  it("does not list the costs of an address that occurs very often", async () => {
    const byResource = Array.from({ length: 1_000 }, () => resource());
    const [warning] = await warnings({ totalMonthlyCost: "10000.00", byResource });
    expect(warning).toMatch(
      /^DUPLICATE_RESOURCE: aws_instance.web occurs 1000 times, at (10\.00, ){20}\.\.\.\.$/,
    );
  });
});

describe("CURRENCY_ASSUMED", () => {
  it.each([undefined, null])(
    "says that USD is assumed for an estimate without a currency (%s)",
    async (currency) => {
      expect(await warnings({ currency })).toEqual([
        "CURRENCY_ASSUMED: The estimate has no currency; USD is assumed.",
      ]);
    },
  );

  it("is not said of an estimate in USD, nor of one in EUR", async () => {
    expect([...(await warnings({ currency: "USD" })), ...(await warnings({ currency: "EUR" }))]).toEqual([]);
  });
});

describe("Warnings that are sent", () => {
  it("come before those that storing adds", async () => {
    const sent = [{ code: "FROM_THE_FILE", message: "One project failed." }];
    expect(await warnings({ warnings: sent, totalMonthlyCost: "11" })).toEqual([
      "FROM_THE_FILE: One project failed.",
      "TOTAL_MISMATCH: The total is 11, the resources add up to 10.00.",
    ]);
  });
});
