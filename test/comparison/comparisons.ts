import fc from "fast-check";
import type { ResourceCostInput } from "../../src/client/generated.ts";
import { sum } from "../../src/lib/money.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import type { TestService } from "../support/service.ts";

const AMOUNT = "{ resourceCount delta }";

/** The summary of a comparison, all of it. */
export const SUMMARY = `summary {
  added ${AMOUNT} removed ${AMOUNT} changed ${AMOUNT} unchanged ${AMOUNT} moved ${AMOUNT}
  newlyPriced ${AMOUNT} becameUnpriced ${AMOUNT} unattributed
}`;

/** The query that `comparisonsOf` sends. */
export const COMPARE = `query ($base: ID!, $target: ID!, $detectMoves: Boolean, $changes: [ChangeKind!],
  $first: Int, $after: String, $last: Int, $before: String) {
  compareJobs(baseJobId: $base, targetJobId: $target, detectMoves: $detectMoves) {
    delta
    ${SUMMARY}
    resources(changes: $changes, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes { resourceId previousResourceId change delta percentageChange base { resourceId totalMonthlyCost } target { resourceId totalMonthlyCost } }
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
  }
}`;

type Resources = readonly Partial<ResourceCostInput>[];

/** A resource at an address, whose cost (null: unknown) is all compute. */
export function at(
  resourceId: string,
  totalMonthlyCost: string | null,
  fields: Partial<ResourceCostInput> = {},
) {
  return resource({ resourceId, totalMonthlyCost, computeCost: totalMonthlyCost ?? "0", ...fields });
}

const address = fc.constantFrom(
  "a.x",
  "a.y",
  "a.z",
  "module.m.a.x",
  "module.m.a.y",
  "a.x[0]",
  'a.x["k"]',
  "b.x",
);
const cost = fc.option(
  fc
    .tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom("", ".5", ".25", ".000000001"))
    .map(([n, f]) => `${n}${f}`),
);
/** Few addresses and costs, so that many are equal, are there twice, move, or are unknown. */
export const anyResources = fc.array(
  fc.tuple(address, cost).map(([id, amount]) => at(id, amount)),
  { maxLength: 12 },
);

/** What stores lists of resources and compares them, on one service. */
export function comparisonsOf(service: TestService) {
  const storeAll = (resources: Resources, total?: string) => {
    const byResource = resources.map((fields) => resource(fields));
    const known = byResource.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []);
    return store(service, { estimate: estimate({ totalMonthlyCost: total ?? sum(known), byResource }) });
  };
  const compareStored = async (variables: object) => {
    const { data, errors } = await service.query(COMPARE, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data.compareJobs;
  };
  const compare = async (base: Resources, target: Resources, variables: object = {}) =>
    compareStored({ base: await storeAll(base), target: await storeAll(target), ...variables });
  return { storeAll, compareStored, compare };
}
