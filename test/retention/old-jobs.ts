import { randomUUID } from "node:crypto";
import type { TestService } from "../support/service.ts";

/** A job of two resources that was stored in the past. */
export interface OldJob {
  readonly daysAgo: number;
  readonly project?: string;
  readonly branch?: string;
  readonly currency?: string;
  /** The age of the estimate, if it is stated. */
  readonly estimatedDaysAgo?: number;
  /** false: the estimator reported an error. */
  readonly isComplete?: boolean;
  readonly isDefaultBranch?: boolean;
}

/** Puts whole jobs into the past by SQL, which only a test can do. Returns their ids. */
export async function insertOldJobs(
  service: Pick<TestService, "sql">,
  jobs: readonly OldJob[],
): Promise<string[]> {
  const text = (value: string | undefined) => (value === undefined ? "null" : `'${value}'`);
  const ids = jobs.map(() => randomUUID());
  const values = jobs.map(
    ({ daysAgo, project, branch, currency = "USD", estimatedDaysAgo, isComplete, isDefaultBranch }, i) =>
      `('${ids[i]}'::uuid, ${daysAgo}, ${text(project)}, ${text(branch)}, '${currency}', ${estimatedDaysAgo ?? null}::int,
        ${isComplete ?? null}::boolean, ${isDefaultBranch ?? null}::boolean)`,
  );
  await service.sql(
    `insert into jobs (id, created_at, project, branch, currency, schema_version, total_monthly_cost, resource_count,
       unpriced_resource_count, labels, warnings, estimated_at, stated_complete, stated_default_branch)
     select id, now() - make_interval(hours => 24 * days), project, branch, currency, '1', 2, 2, 0, '{}', '[]',
       now() - make_interval(hours => 24 * estimated), complete, default_branch
     from (values ${values.join()}) as job (id, days, project, branch, currency, estimated, complete, default_branch);
     insert into cost_results
     select id, n, n, 'r' || n, 'aws_instance', 'EC2', 'eu-west-1', 1, 1, 0, 0, 0, null, '[]', '[]', '{}'
     from unnest(array[${ids.map((id) => `'${id}'::uuid`).join()}]) as id, generate_series(0, 1) as n;
     insert into service_costs select distinct job_id, 'EC2', 2, 2, 0 from cost_results
       where job_id in (${ids.map((id) => `'${id}'`).join()});
     insert into region_costs select distinct job_id, 'eu-west-1', 2, 2, 0, '[]'::jsonb from cost_results
       where job_id in (${ids.map((id) => `'${id}'`).join()})`,
  );
  return ids;
}

/** Which of these jobs are there, each with all of its parts; a job without them is an error. */
export async function wholeJobs(
  service: Pick<TestService, "sql">,
  ids: readonly string[],
): Promise<string[]> {
  const found = await service.sql(
    `select id,
       (select count(*)::int from cost_results where job_id = id) as resources,
       (select count(*)::int from service_costs where job_id = id) as services,
       (select count(*)::int from region_costs where job_id = id) as regions,
       exists (select from jobs where jobs.id = given.id) as stored
     from unnest(array[${ids.map((id) => `'${id}'::uuid`).join()}]) as given (id)`,
  );
  return found.flatMap(({ id, resources, services, regions, stored }) => {
    const expected = stored ? [2, 1, 1] : [0, 0, 0];
    if (String([resources, services, regions]) !== String(expected)) throw new Error(`${id} is not whole`);
    return stored ? [String(id)] : [];
  });
}
