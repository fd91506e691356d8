import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { beforeAll, describe, expect, it } from "vitest";
import { STATEMENT_CHANNEL } from "../../src/database/statement-log.ts";
import { startService } from "../support/service.ts";
import { trend } from "./ask-trend.ts";

const service = startService();

/** Five thousand jobs of fifty projects, put there by SQL: only how they are read matters. */
beforeAll(async () => {
  await service.sql(`
    insert into jobs (id, created_at, project, currency, schema_version, total_monthly_cost, resource_count,
      unpriced_resource_count, labels, warnings)
    select gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 hour', 'project-' || n % 50, 'USD', '1', n,
      0, 0, '{}', '[]'
    from generate_series(1, 5000) as n;
    insert into service_costs select id, service, 1, 1, 0 from jobs, unnest(array['EC2', 'S3', 'RDS']) as service`);
  await service.sql("analyze");
});

/** The plan of the statement that a question runs, whatever its values. */
async function planOf(variables: object): Promise<string> {
  const statements: string[] = [];
  const listen = (message: unknown) => statements.push((message as { sql: string }).sql);
  subscribe(STATEMENT_CHANNEL, listen);
  await trend(service, variables).finally(() => unsubscribe(STATEMENT_CHANNEL, listen));
  const rows = await service.sql(`explain (generic_plan) ${statements[0]}`);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

describe("The trend of one project of many", () => {
  it.each(["TOTAL", "SERVICE"])("by %s reads its jobs from an index", async (groupBy) => {
    const plan = await planOf({ filter: { project: "project-7" }, groupBy });
    expect(plan).toMatch(/using idx_jobs_(project|series)|on idx_jobs_(project|series)/);
    expect(plan).not.toContain("Seq Scan on jobs");
  });
});
