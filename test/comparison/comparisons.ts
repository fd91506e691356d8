import type { ResourceCostInput } from "../../src/client/generated.ts";
import { sum } from "../../src/money.ts";
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
