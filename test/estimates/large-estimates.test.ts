import { beforeAll, describe, expect, it } from "vitest";
import { sum } from "../../src/lib/money.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { type Answer, startService } from "../support/service.ts";

const service = startService();

/** So many that they go to the database in several statements; with ties, credits, near ties and unknown costs. */
const COUNT = 12_000;
const COSTS = Array.from({ length: COUNT }, (_, i) => {
  if (i % 7 === 0) return null;
  if (i % 11 === 0) return "5.00";
  // No double tells these from each other.
  if (i % 13 === 0) return `1000000000000000.${String(i).padStart(6, "0")}`;
  return `${i % 5 === 0 ? "-" : ""}${((i * 7_919) % 1_000) + 1}.${i % 100}`;
});

interface StoredResource {
  readonly resourceId: string;
  readonly totalMonthlyCost: string | null;
}

type Page = Answer<{
  job: {
    resources: { nodes: StoredResource[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  };
}>;

let id: string;
let stored: StoredResource[];

beforeAll(async () => {
  const byResource = COSTS.map((totalMonthlyCost, i) =>
    resource({
      resourceId: `r${i}`,
      service: `s${i % 3}`,
      totalMonthlyCost,
      computeCost: totalMonthlyCost,
      tags: { i },
    }),
  );
  const totalMonthlyCost = sum(COSTS.flatMap((cost) => cost ?? []));
  id = await store(service, { estimate: estimate({ totalMonthlyCost, byResource }) });
  stored = await allResources();
});

async function allResources(): Promise<StoredResource[]> {
  const found: StoredResource[] = [];
  let after: string | null = null;
  do {
    const answer: Page = await service.query(
      `query ($id: ID!, $after: String) { job(id: $id) { resources(first: 1000, after: $after) {
        nodes { resourceId totalMonthlyCost } pageInfo { hasNextPage endCursor }
      } } }`,
      { id, after },
    );
    const { nodes, pageInfo } = answer.data.job.resources;
    found.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

/** The amount in millionths, which is exact for these. */
function millionths(cost: string): bigint {
  const [integer = "", fraction = ""] = cost.replace("-", "").split(".");
  const size = BigInt(integer + fraction.padEnd(6, "0"));
  return cost.startsWith("-") ? -size : size;
}

describe("An estimate of 12,000 resources", () => {
  it("is stored whole, each resource with its own cost", () => {
    expect(new Map(stored.map(({ resourceId, totalMonthlyCost }) => [resourceId, totalMonthlyCost]))).toEqual(
      new Map(COSTS.map((cost, i) => [`r${i}`, cost])),
    );
    expect(stored).toHaveLength(COUNT);
  });

  it("is read highest cost first, ties as they were sent, unknown costs last", () => {
    const expected = COSTS.map((cost, i) => ({
      id: `r${i}`,
      units: cost === null ? undefined : millionths(cost),
    }))
      .sort((a, b) => {
        if (a.units === undefined || b.units === undefined) {
          return Number(a.units === undefined) - Number(b.units === undefined);
        }
        return Number(b.units > a.units) - Number(b.units < a.units);
      })
      .map((item) => item.id);
    expect(stored.map(({ resourceId }) => resourceId)).toEqual(expected);
  });

  it("has totals that hold every one of them, and no warnings", async () => {
    const { data } = await service.query(
      `query ($id: ID!) { job(id: $id) {
        resourceCount unpricedResourceCount warnings { code } resources { totalCount }
        services { service totalMonthlyCost resourceCount unpricedResourceCount }
      } }`,
      { id },
    );
    expect(data.job).toMatchObject({
      resourceCount: COUNT,
      unpricedResourceCount: COSTS.filter((cost) => cost === null).length,
      resources: { totalCount: COUNT },
      warnings: [],
    });
    for (const { service: name, totalMonthlyCost, resourceCount, unpricedResourceCount } of data.job
      .services) {
      const costs = COSTS.filter((_, i) => `s${i % 3}` === name);
      const known = costs.flatMap((cost) => cost ?? []);
      expect(millionths(totalMonthlyCost)).toBe(known.reduce((all, cost) => all + millionths(cost), 0n));
      expect([resourceCount, unpricedResourceCount]).toEqual([costs.length, costs.length - known.length]);
    }
  });
});
