import { describe, expect, it } from "vitest";
import type { EstimateInput } from "../../src/client/generated.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** Two services in two regions, one resource of unknown cost, and amounts of different precision. */
const BY_RESOURCE = [
  resource({ resourceId: "a", service: "EC2", region: "r1", totalMonthlyCost: "10.00" }),
  resource({ resourceId: "b", service: "EC2", region: "r2", totalMonthlyCost: "0.0000000309" }),
  resource({ resourceId: "c", service: "EC2", region: "r1", totalMonthlyCost: null }),
  resource({ resourceId: "d", service: "S3", region: "r1", totalMonthlyCost: "20.5" }),
];

async function aggregates(fields: Partial<EstimateInput>) {
  const id = await store(service, { estimate: estimate({ byResource: BY_RESOURCE, ...fields }) });
  const { data } = await service.query(
    `query ($id: ID!) { job(id: $id) {
      resourceCount unpricedResourceCount
      services { service totalMonthlyCost resourceCount unpricedResourceCount }
      regions {
        region totalMonthlyCost resourceCount unpricedResourceCount
        services { service totalMonthlyCost resourceCount }
      }
    } }`,
    { id },
  );
  return data.job;
}

describe("A job", () => {
  it("counts its resources, and those whose cost is unknown", async () => {
    expect(await aggregates({})).toMatchObject({ resourceCount: 4, unpricedResourceCount: 1 });
  });
});

describe("The totals per service", () => {
  it("are added up from what is known when they are left out, highest first", async () => {
    expect((await aggregates({})).services).toEqual([
      { service: "S3", totalMonthlyCost: "20.5", resourceCount: 1, unpricedResourceCount: 0 },
      { service: "EC2", totalMonthlyCost: "10.0000000309", resourceCount: 3, unpricedResourceCount: 1 },
    ]);
  });

  it("are zero where every cost is unknown, and say so", async () => {
    const byResource = [resource({ totalMonthlyCost: null })];
    expect((await aggregates({ byResource })).services).toEqual([
      { service: "EC2", totalMonthlyCost: "0", resourceCount: 1, unpricedResourceCount: 1 },
    ]);
  });

  it("are taken as they are sent, even when they do not add up", async () => {
    const byService = [
      { service: "EC2", totalMonthlyCost: "1.10", resourceCount: 7 },
      { service: "Other", totalMonthlyCost: "-2", resourceCount: 0 },
    ];
    expect((await aggregates({ byService })).services).toEqual([
      { ...byService[0], unpricedResourceCount: 1 },
      { ...byService[1], unpricedResourceCount: 0 },
    ]);
  });

  it("are none when none are sent", async () => {
    expect((await aggregates({ byService: [] })).services).toEqual([]);
  });
});

describe("The totals per region", () => {
  it("are added up from what is known when they are left out, with their services, highest first", async () => {
    expect((await aggregates({ byRegion: null })).regions).toEqual([
      {
        region: "r1",
        totalMonthlyCost: "30.50",
        resourceCount: 3,
        unpricedResourceCount: 1,
        services: [
          { service: "S3", totalMonthlyCost: "20.5", resourceCount: 1 },
          { service: "EC2", totalMonthlyCost: "10.00", resourceCount: 2 },
        ],
      },
      {
        region: "r2",
        totalMonthlyCost: "0.0000000309",
        resourceCount: 1,
        unpricedResourceCount: 0,
        services: [{ service: "EC2", totalMonthlyCost: "0.0000000309", resourceCount: 1 }],
      },
    ]);
  });

  it("are taken as they are sent, with their services' own totals and counts", async () => {
    const services = [
      { service: "S3", totalMonthlyCost: "3", resourceCount: 9 },
      { service: "EC2", totalMonthlyCost: "1.00", resourceCount: 0 },
    ];
    const byRegion = [{ region: "r1", totalMonthlyCost: "4.0", resourceCount: 5, services }];
    expect((await aggregates({ byRegion })).regions).toEqual([
      { region: "r1", totalMonthlyCost: "4.0", resourceCount: 5, unpricedResourceCount: 1, services },
    ]);
  });

  it("have their services counted from the resources when the counts are left out", async () => {
    const services = [
      { service: "EC2", totalMonthlyCost: "1" },
      { service: "Lambda", totalMonthlyCost: "3" },
    ];
    const byRegion = [{ region: "r1", totalMonthlyCost: "4", resourceCount: 3, services }];
    expect((await aggregates({ byRegion })).regions[0].services).toEqual([
      { service: "Lambda", totalMonthlyCost: "3", resourceCount: 0 },
      { service: "EC2", totalMonthlyCost: "1", resourceCount: 2 },
    ]);
  });

  it("have their services added up from the resources when those are left out", async () => {
    const byRegion = [{ region: "r1", totalMonthlyCost: "4", resourceCount: 3 }];
    expect((await aggregates({ byRegion })).regions[0].services).toEqual([
      { service: "S3", totalMonthlyCost: "20.5", resourceCount: 1 },
      { service: "EC2", totalMonthlyCost: "10.00", resourceCount: 2 },
    ]);
  });
});
