import type { TestService } from "./service.ts";

/** How many rows each table holds. */
export async function rowCounts(service: TestService): Promise<Record<string, unknown> | undefined> {
  const [counts] = await service.sql(
    `select (select count(*)::int from jobs) as jobs,
       (select count(*)::int from cost_results) as resources,
       (select count(*)::int from service_costs) as services,
       (select count(*)::int from region_costs) as regions,
       (select count(*)::int from idempotency_keys) as keys`,
  );
  return counts;
}

/** The counts of a database in which nothing is stored. */
export const NOTHING = { jobs: 0, resources: 0, services: 0, regions: 0, keys: 0 };
