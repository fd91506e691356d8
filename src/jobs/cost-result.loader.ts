import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { rows, sql } from "../database/sql.ts";
import type { CostResult } from "./cost-result.types.ts";
import { resourceColumns } from "./resource-columns.queries.ts";

/** Which resource: its job, and its place by cost there. */
export interface CostResultKey {
  readonly jobId: string;
  readonly costRank: number;
}

/** Single resources by their key; null where there is none. */
export function createCostResultLoader(db: Database): DataLoader<CostResultKey, CostResult | null, string> {
  const text = ({ jobId, costRank }: CostResultKey) => `${jobId}:${costRank}`;
  return new DataLoader(
    async (keys) => {
      const found = await rows(
        db,
        sql<CostResult>`/* jobs.resourcesByKey */
        select ${resourceColumns}
        from unnest(${keys.map(({ jobId }) => jobId)}::uuid[], ${keys.map(({ costRank }) => costRank)}::int[])
          as wanted (job_id, cost_rank)
        join cost_results using (job_id, cost_rank)`,
        "belonging",
      );
      const byKey = new Map(found.map((row) => [text(row), row]));
      return keys.map((key) => byKey.get(text(key)) ?? null);
    },
    { cacheKeyFn: text },
  );
}
