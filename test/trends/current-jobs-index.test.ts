import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { rows, sql } from "../../src/database/sql.ts";
import { newestCandidates } from "../../src/jobs/current-jobs.sql.ts";
import type { JobFilter } from "../../src/jobs/job-filter.graphql.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";

const service = startService();
let orm: Awaited<ReturnType<typeof connectOrm>>;

const PROJECTS = 20;

/** A history of 1,000 jobs in each project, on two branches in turn. One project has its own profile, and one its own currency. */
beforeAll(async () => {
  await pastTriggers(
    service,
    `insert into jobs (id, created_at, project, branch, profile, currency, schema_version, total_monthly_cost,
       resource_count, unpriced_resource_count, labels, warnings, shard_key)
     select gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 hour', 'project-' || n % ${PROJECTS},
       case n / ${PROJECTS} % 2 when 0 then 'main' else 'feature' end,
       case n % ${PROJECTS} when 7 then 'DEV' else 'PROD' end, case n % ${PROJECTS} when 9 then 'EUR' else 'USD' end,
       '1', n, 0, 0, '{}', '[]', 0
     from generate_series(1, ${PROJECTS * 1_000}) as n`,
  );
  await service.sql("vacuum analyze jobs");
  orm = await connectOrm({
    url: service.databaseUrl,
    poolSize: 1,
    role: "results_storage_server",
    log: pino({ level: "silent" }),
  });
});
afterAll(() => orm.close());

/** The current jobs of a filter, and the number of pages that PostgreSQL reads to find them. */
async function find(filter: JobFilter) {
  const db = new Database(orm.em.fork());
  const newest = newestCandidates(
    { filter, byBranch: false, maxAgeDays: undefined },
    sql`now()::timestamptz`,
  );
  const found = await rows(
    db,
    { name: "test.current" },
    sql<{ project: string }>`select project from ${newest} as jobs order by project`,
  );
  const plan = await rows(
    db,
    { name: "test.plan" },
    sql<
      Record<string, string>
    >`explain (analyze, buffers, costs off, timing off) select * from ${newest} as jobs`,
  );
  const [, pages] = /Buffers: shared hit=(\d+)/.exec(plan.map((row) => row["QUERY PLAN"]).join("\n")) ?? [];
  return { projects: found.map(({ project }) => project), pages: Number(pages) };
}

describe("The search for the current jobs", () => {
  it.each<[JobFilter, number]>([
    [{}, PROJECTS],
    [{ projectPrefix: "z" }, 0],
    [{ projectPrefix: "project-1" }, 11],
    [{ profile: "DEV" }, 1],
    [{ profile: "STAGING" }, 0],
    [{ currency: "EUR" }, 1],
    [{ currency: "CHF" }, 0],
    [{ projects: ["project-3", "project-9", "project-3"] }, 2],
    [{ project: "project-3", projects: ["project-4"] }, 0],
    [{ branch: "main" }, PROJECTS],
    [{ branch: "feature" }, PROJECTS],
    [{ branch: "feature", profile: "DEV" }, 1],
    [{ branch: "feature", projectPrefix: "project-1" }, 11],
    [{ branch: "other" }, 0],
    [{ branch: "" }, 0],
    [{ projectPrefix: "project-", profile: "DEV", currency: "EUR" }, 0],
  ])("of %j reads a few pages for each project, and not the histories", async (filter, count) => {
    const { projects, pages } = await find(filter);
    expect(projects).toHaveLength(count);
    // A step reads 3 or 4 pages. The histories have hundreds of pages, and thousands of entries.
    expect(pages).toBeLessThan(PROJECTS * 20);
  });
});
