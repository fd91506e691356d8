import type { Dataset } from "../database/dataset.ts";
import { DEFAULT_CONNECTIONS, inTurn, operation, statement, type Workload } from "./workload.ts";

const RESOURCE = `resourceId resourceType service region
        totalMonthlyCost computeCost storageCost networkCost otherCost`;

const OURS = `query Detail($id: ID!) {
  job(id: $id) {
    id createdAt project branch profile currency totalMonthlyCost resourceCount
    resources(first: 50) {
      nodes {
        ${RESOURCE}
      }
    }
  }
}`;

const POSTGRAPHILE = `query Detail($id: UUID!) {
  job: jobByRowId(rowId: $id) {
    id: rowId createdAt project branch profile currency totalMonthlyCost resourceCount
    resources: costResultsByJobId(first: 50) {
      nodes {
        ${RESOURCE}
      }
    }
  }
}`;

/** (b) One job with its 50 resources: always the same one, or another one each time. */
export function details({ detailIds }: Dataset): Workload[] {
  const [first = ""] = detailIds;
  const of = (ids: readonly string[]): Pick<Workload, "connections" | "requests"> => ({
    connections: DEFAULT_CONNECTIONS,
    requests: {
      us: inTurn(ids, (id) => operation(OURS, { id })),
      postgraphile: inTurn(ids, (id) => operation(POSTGRAPHILE, { id })),
      limit: inTurn(ids, (id) => statement("detail", id)),
    },
  });
  return [
    {
      name: "b-warm",
      title: "detail: one job, 50 resources, always the same",
      ...of([first]),
      marks: [{ state: "warm", throughput: 2.5, cpu: 1.5 }],
      cacheMatters: false,
    },
    {
      name: "b-cold",
      title: `detail: one job, 50 resources, ${detailIds.length} jobs in turn`,
      ...of(detailIds),
      marks: [{ state: "cold", throughput: 1.2, cpu: 1.7 }],
      cacheMatters: true,
    },
  ];
}

/** The detail of these jobs in turn, asked of ours. */
export function readDetails(ids: readonly string[]): (n: number) => ReturnType<typeof operation> {
  return inTurn(ids, (id) => operation(OURS, { id }));
}
