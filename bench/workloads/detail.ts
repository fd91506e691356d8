import type { Dataset, JobKey } from "../database/dataset.ts";
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

const POSTGRAPHILE = `query Detail($id: UUID!, $shardKey: Int!) {
  job: jobByRowIdAndShardKey(rowId: $id, shardKey: $shardKey) {
    id: rowId createdAt project branch profile currency totalMonthlyCost resourceCount
    resources: costResultsByJobIdAndShardKey(first: 50) {
      nodes {
        ${RESOURCE}
      }
    }
  }
}`;

/** (b) One job with its 50 resources: always the same one, or another one each time. */
export function details({ details: keys }: Dataset): Workload[] {
  const of = (jobs: readonly JobKey[]): Pick<Workload, "connections" | "requests"> => ({
    connections: DEFAULT_CONNECTIONS,
    requests: {
      us: inTurn(jobs, ({ id }) => operation(OURS, { id })),
      postgraphile: inTurn(jobs, (key) => operation(POSTGRAPHILE, { ...key })),
      limit: inTurn(jobs, ({ id }) => statement("detail", id)),
    },
  });
  return [
    {
      name: "b-warm",
      title: "detail: one job, 50 resources, always the same",
      ...of(keys.slice(0, 1)),
      marks: [{ state: "warm", throughput: 2.5, cpu: 1.5 }],
      cacheMatters: false,
    },
    {
      name: "b-cold",
      title: `detail: one job, 50 resources, ${keys.length} jobs in turn`,
      ...of(keys),
      marks: [{ state: "cold", throughput: 1.2, cpu: 1.7 }],
      cacheMatters: true,
    },
  ];
}

/** The detail of these jobs in turn, asked of ours. */
export function readDetails(ids: readonly string[]): (n: number) => ReturnType<typeof operation> {
  return inTurn(ids, (id) => operation(OURS, { id }));
}
