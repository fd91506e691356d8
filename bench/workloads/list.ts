import type { Dataset } from "../database/dataset.ts";
import { DEFAULT_CONNECTIONS, inTurn, operation, statement, type Workload } from "./workload.ts";

const COLUMNS = `createdAt project branch profile commitSha currency
      totalMonthlyCost resourceCount unpricedResourceCount`;

const OURS = `query List($user: String!) {
  jobs(first: 50, filter: { userId: $user }) {
    nodes {
      id ${COLUMNS}
    }
  }
}`;

const POSTGRAPHILE = `query List($user: String!) {
  jobs: allJobs(first: 50, condition: { userId: $user }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
    nodes {
      id: rowId ${COLUMNS}
    }
  }
}`;

/** (c) The 50 newest jobs of one user; another user each time. */
export function list({ users }: Dataset): Workload {
  return {
    name: "c",
    title: "list: 50 newest jobs of one user",
    connections: DEFAULT_CONNECTIONS,
    requests: {
      us: inTurn(users, (user) => operation(OURS, { user })),
      postgraphile: inTurn(users, (user) => operation(POSTGRAPHILE, { user })),
      limit: inTurn(users, (user) => statement("list", user)),
    },
    marks: [
      { state: "warm", throughput: 1.5, cpu: 2 },
      { state: "cold", throughput: 1.2, cpu: 1.7 },
    ],
    cacheMatters: true,
  };
}
