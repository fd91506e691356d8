import { DEFAULT_CONNECTIONS, operation, statement, type Workload } from "./workload.ts";

const OURS = operation(`query Dashboard {
  jobs(first: 20) {
    nodes {
      id createdAt project branch currency totalMonthlyCost resourceCount unpricedResourceCount
      services { service totalMonthlyCost resourceCount }
      regions { region totalMonthlyCost resourceCount }
    }
  }
}`);

// Its services and regions come in the order of their names: it offers no order that has no index.
const POSTGRAPHILE = operation(`query Dashboard {
  jobs: allJobs(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
    nodes {
      id: rowId createdAt project branch currency totalMonthlyCost resourceCount unpricedResourceCount
      services: serviceCostsByJobIdAndShardKey { nodes { service totalMonthlyCost resourceCount } }
      regions: regionCostsByJobIdAndShardKey { nodes { region totalMonthlyCost resourceCount } }
    }
  }
}`);

/** (a) The 20 newest jobs with what their services and regions cost. */
export function dashboard(): Workload {
  const limit = statement("dashboard");
  return {
    name: "a",
    title: "dashboard: 20 newest jobs with services and regions",
    connections: DEFAULT_CONNECTIONS,
    requests: { us: () => OURS, postgraphile: () => POSTGRAPHILE, limit: () => limit },
    marks: [
      { state: "warm", throughput: 2.5, cpu: 1.0 },
      { state: "cold", throughput: 1.2, cpu: 1.5 },
    ],
    cacheMatters: true,
  };
}
