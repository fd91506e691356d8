import type { TestService } from "./service.ts";
import { sqlOf } from "./statements.ts";

/** Many jobs of many users, projects, branches and so on, put there by SQL: only how they are read matters. */
export async function storeForPlans(service: Pick<TestService, "sql">): Promise<void> {
  await service.sql(`
    insert into jobs (id, created_at, user_id, project, branch, terraform_plan_hash, profile, currency,
      schema_version, total_monthly_cost, resource_count, unpriced_resource_count, labels, warnings,
      commit_sha, pull_request_url, run_id, stated_complete, stated_default_branch)
    select gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 hour', 'user-' || n % 50,
      'project-' || n % 50, 'branch-' || n % 50, 'plan-' || n % 50,
      (array['DEV', 'STAGING', 'PROD'])[1 + n % 3], (array['USD', 'EUR', 'CHF', 'GBP', 'SEK'])[1 + n % 5],
      '1', n, 0, 0, jsonb_build_object('n', n % 50, 'team', 'shop'), '[]',
      'commit-' || n % 50, 'pull-' || n % 500, 'run-' || n % 50, n % 50 > 0, n % 10 = 0
    from generate_series(1, 5000) as n;
    insert into job_exclusions (job_id, number, is_excluded, reason) select id, 1, true, 'x' from jobs where total_monthly_cost <= 10;
    insert into service_costs select id, service, 1, 1, 0 from jobs, unnest(array['EC2', 'S3', 'RDS']) as service`);
  await service.sql("analyze");
}

/**
 * The plan of the first statement that a question runs, whatever its values.
 * @param without an index that PostgreSQL is to do without.
 */
export async function planOf(
  service: Pick<TestService, "sql">,
  ask: () => Promise<unknown>,
  without?: string,
): Promise<string> {
  const [statement] = await sqlOf(ask);
  await service.sql("begin");
  if (without !== undefined) await service.sql(`drop index ${without}`);
  const rows = await service.sql(`explain (generic_plan) ${statement}`);
  await service.sql("rollback");
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}
