import type { Dataset } from "../database/dataset.ts";
import { operation, statement, type Workload } from "./workload.ts";

const OURS = `query Compare($base: ID!, $target: ID!) {
  compareJobs(baseJobId: $base, targetJobId: $target) {
    delta
    summary {
      added { resourceCount delta }
      removed { resourceCount delta }
      changed { resourceCount delta }
      moved { resourceCount delta }
      becameUnpriced { resourceCount delta }
      unchanged { resourceCount delta }
      unattributed
    }
    resources(first: 50) {
      nodes {
        resourceId previousResourceId change delta
        base { totalMonthlyCost }
        target { totalMonthlyCost }
      }
    }
  }
}`;

/** (d) What changed between two jobs of 10,000 resources: the summary, and the first 50 changes. */
export function compare({ compared: [base, target] }: Dataset): Workload {
  return {
    name: "d",
    title: "compareJobs: 2 x 10,000 resources",
    // Each keeps a core busy for a good while: more at a time only wait for one another.
    connections: [1, 4],
    requests: {
      us: () => operation(OURS, { base, target }),
      limit: () => statement("compare", base, target),
    },
    // Kept, the answer costs next to nothing; the mark is about comparing.
    marks: [{ state: "cold", cpu: 1.3 }],
    cacheMatters: true,
  };
}
