import { TREND } from "../database/job-sets.ts";
import { operation, statement, type Workload } from "./workload.ts";

const OURS = `query Trend($project: String!, $from: DateTime!, $before: DateTime!) {
  costTrend(
    filter: { project: $project, effectiveFrom: $from, effectiveBefore: $before }
    interval: DAY
    groupBy: SERVICE
  ) {
    series {
      key currency delta
      points { start jobCount last min max mean }
    }
  }
}`;

/** The trend of a project between two moments. */
export function trendOf(variables: typeof TREND): ReturnType<typeof operation> {
  return operation(OURS, variables);
}

/** (e) A year of 100,000 jobs, day by day and by service. */
export function trend(): Workload {
  const ours = trendOf(TREND);
  const limit = statement("trend", TREND.project, TREND.from, TREND.before);
  return {
    name: "e",
    title: "trend: one year of 100,000 jobs, daily by service",
    // Each takes a core for a second or so.
    connections: [1],
    requests: { us: () => ours, limit: () => limit },
    marks: [{ state: "", cpu: 1.2 }],
    cacheMatters: false,
  };
}
