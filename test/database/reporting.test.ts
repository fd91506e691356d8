import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { MikroORM } from "@mikro-orm/postgresql";
import { Client } from "pg";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { migrateDown, migrateUp } from "../../src/database/migrate.ts";
import { createTestDatabase } from "../support/database.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { randomJobs, storePlainJobs } from "../support/plain-jobs.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";

const READER = "results_storage_reader";
const VIEWS = ["jobs", "latest_jobs", "resources"];

const service = startService();
const asReader = (text: string) => sqlAs(service.databaseUrl, READER, text);

const jobs = randomJobs(300, Number(process.env.REPORTING_SEED ?? 17));

beforeAll(() => storePlainJobs(service, jobs));

describe("reporting.latest_jobs", () => {
  it("has the jobs that portfolios compare and add up", async () => {
    const { data } = await service.query(`{
      comparePortfolios(base: { asOf: "1990-01-01T00:00:00Z" }, target: {}) {
        pairs(first: 1000) { nodes { target { id } } }
      }
      portfolio(groupBy: TOTAL) { totals { currency totalMonthlyCost jobCount oldestJobAt } }
    }`);
    const current = data.comparePortfolios.pairs.nodes.map(
      (pair: { target: { id: string } }) => pair.target.id,
    );
    const found = await asReader("select job_id from reporting.latest_jobs");
    expect(current.length).toBeGreaterThan(20);
    expect(found.map(({ job_id }) => job_id).toSorted()).toEqual(current.toSorted());
    const totals = await asReader(
      `select currency, sum(total_monthly_cost)::text as "totalMonthlyCost", count(*)::int as "jobCount",
         min(effective_at) as "oldestJobAt"
       from reporting.latest_jobs group by currency order by currency`,
    );
    expect(JSON.parse(JSON.stringify(totals))).toEqual(data.portfolio.totals);
  });

  it("has the jobs whose totals projects have", async () => {
    const { data } = await service.query(
      "{ projects(first: 100) { nodes { name totals { currency totalMonthlyCost jobCount oldestJobAt } } } }",
    );
    const found = await asReader(
      `select project as name, currency, sum(total_monthly_cost)::text as "totalMonthlyCost", count(*)::int as "jobCount",
         min(effective_at) as "oldestJobAt"
       from reporting.latest_jobs group by project, currency order by project collate "C", currency`,
    );
    type Node = { readonly name: string; readonly totals: readonly object[] };
    const expected = data.projects.nodes.flatMap(({ name, totals }: Node) =>
      totals.map((total) => ({ name, ...total })),
    );
    expect(JSON.parse(JSON.stringify(found))).toEqual(expected);
  });

  it("reads few rows of the histories of projects", async () => {
    const [row] = await service.sql("explain (format json) select * from reporting.latest_jobs");
    expect(JSON.stringify(row)).toContain("idx_jobs_current");
  });
});

describe("reporting.jobs", () => {
  it("has every job, with the properties that decide whether it counts", async () => {
    const found = await asReader(
      "select job_id, project, lower(profile) as profile, is_excluded, is_complete, total_monthly_cost::text as total from reporting.jobs",
    );
    const expected = jobs.map(({ id, project, profile, isExcluded, isComplete, total }) => ({
      job_id: id,
      project,
      profile: profile?.toLowerCase() ?? null,
      is_excluded: isExcluded,
      is_complete: isComplete,
      total,
    }));
    const byId = (a: { job_id?: unknown }, b: { job_id?: unknown }) =>
      String(a.job_id) < String(b.job_id) ? -1 : 1;
    expect(found.toSorted(byId)).toEqual(expected.toSorted(byId));
  });
});

describe("reporting.resources", () => {
  it("has exact costs, and null for an unknown cost", async () => {
    const exact = "12345678901234567890.123456789012345678901234567891";
    const byResource = [
      resource({ resourceId: "web", totalMonthlyCost: exact, tags: { team: "a" } }),
      resource({ resourceId: "queue", totalMonthlyCost: null, computeCost: "0" }),
    ];
    const id = await store(service, {
      project: "new",
      estimate: estimate({ totalMonthlyCost: exact, byResource }),
    });
    const found = await asReader(
      `select resource_id, project, currency, total_monthly_cost::text as cost, tags ->> 'team' as team
       from reporting.resources where job_id = '${id}' order by cost_rank`,
    );
    const common = { project: "new", currency: "USD" };
    expect(found).toEqual([
      { ...common, resource_id: "web", cost: exact, team: "a" },
      { ...common, resource_id: "queue", cost: null, team: null },
    ]);
  });
});

describe("The role of the readers", () => {
  it.each([
    "select from jobs",
    "select from cost_results",
    "select from api_tokens",
    "select from job_exclusions",
    "select from schema_migrations",
    "insert into reporting.jobs (job_id) values (gen_random_uuid())",
    "update reporting.jobs set project = ''",
    "delete from reporting.latest_jobs",
    "drop view reporting.jobs",
    "create view reporting.mine as select 1",
    "create table mine ()",
  ])("may not %s", async (statement) => {
    await expect(sqlAs(service.databaseUrl, READER, statement)).rejects.toThrow(
      /permission denied|must be owner|cannot (?:insert|update|delete)/,
    );
  });

  it("has SELECT on the views, and no other privilege in the database", async () => {
    const granted = await service.sql(
      `select table_schema || '.' || table_name as name, privilege_type from information_schema.role_table_grants
       where grantee = '${READER}' order by 1`,
    );
    expect(granted).toEqual(VIEWS.map((view) => ({ name: `reporting.${view}`, privilege_type: "SELECT" })));
  });

  it("is not a member of another role, and the server has no privilege on the views", async () => {
    expect(await service.sql(`select from pg_auth_members where member = '${READER}'::regrole`)).toEqual([]);
    await expect(
      sqlAs(service.databaseUrl, "results_storage_server", "select from reporting.jobs"),
    ).rejects.toThrow("permission denied");
  });
});

describe("A view for fewer projects", () => {
  const LEAK = `create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001 as $$
    begin raise notice '%', $1; return true; end $$`;
  const LIMITED = `shop_reports_${randomUUID().replaceAll("-", "")}`;

  /** The rows of a query, and the projects that a cheap function in its WHERE has seen. */
  async function readAndLeak(databaseUrl: string, view: string) {
    // An index of the projects would find the rows of the view first.
    const options = `-c role=${LIMITED} -c enable_indexscan=off -c enable_bitmapscan=off`;
    const client = new Client({ connectionString: databaseUrl, options });
    const leaked = new Set<string | undefined>();
    client.on("notice", ({ message }) => leaked.add(message));
    await client.connect();
    try {
      await client.query(LEAK);
      const { rows } = await client.query(
        `select distinct project from ${view} where pg_temp.leak(project) order by 1`,
      );
      return { rows: rows.map(({ project }) => project), leaked: [...leaked].toSorted() };
    } finally {
      await client.end();
    }
  }

  it("shows no function of a query the rows of other projects, as it is documented", async () => {
    const page = await readFile(new URL("../../docs/operations/reporting.md", import.meta.url), "utf8");
    const [, documented = ""] = /```sql\n(create schema shop;[^`]*)```/.exec(page) ?? [];
    const statements = documented.replaceAll("shop_reports", LIMITED);
    const mine = "acme/shop/web";
    await store(service, { project: mine });
    await store(service, { project: "acme/shopping" });
    try {
      await service.sql(statements);
      for (const view of ["shop.jobs", "shop.resources"]) {
        const { rows, leaked } = await readAndLeak(service.databaseUrl, view);
        expect({ rows, leaked }).toEqual({ rows: [mine], leaked: [mine] });
      }
      // The test is able to fail: without the barrier, the function sees all projects.
      await service.sql("alter view shop.jobs reset (security_barrier)");
      expect((await readAndLeak(service.databaseUrl, "shop.jobs")).leaked).toContain("acme/shopping");
      await expect(sqlAs(service.databaseUrl, LIMITED, "select from reporting.jobs")).rejects.toThrow(
        "permission denied",
      );
    } finally {
      await service.sql(`drop schema shop cascade; drop owned by ${LIMITED}; drop role ${LIMITED}`);
    }
  });
});

describe("The documentation", () => {
  it("has each column of the views with its type", async () => {
    const page = await readFile(new URL("../../docs/operations/reporting.md", import.meta.url), "utf8");
    const columnsIn = (heading: string) => {
      const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
      return [...section.matchAll(/^\| `(\w+)` *\| `([\w ]+)` *\|/gm)].map(([, name, type]) => ({
        name,
        type,
      }));
    };
    const columnsOf = (view: string) =>
      service.sql(
        `select column_name as name, data_type as type from information_schema.columns
         where table_schema = 'reporting' and table_name = '${view}' order by ordinal_position`,
      );
    expect(columnsIn("Columns of jobs")).toEqual(await columnsOf("jobs"));
    expect(columnsIn("Columns of jobs")).toEqual(await columnsOf("latest_jobs"));
    expect(columnsIn("Columns of resources")).toEqual(await columnsOf("resources"));
  });
});

/** Runs a function with an ORM on a new, migrated database. */
async function inNewDatabase(
  run: (
    url: string,
    withOrm: <Result>(use: (orm: MikroORM) => Promise<Result>) => Promise<Result>,
  ) => Promise<void>,
  settings?: string,
): Promise<void> {
  const database = await createTestDatabase();
  const url = new URL(database.url);
  if (settings !== undefined) url.searchParams.set("options", settings);
  try {
    await run(database.url, async (use) => {
      const orm = await connectOrm({ url: url.href, poolSize: 2, log: pino({ level: "silent" }) });
      return use(orm).finally(() => orm.close());
    });
  } finally {
    await database.drop();
  }
}

describe("The migration", () => {
  it("finds tables in another schema than public", async () => {
    await inNewDatabase(async (url, withOrm) => {
      await sqlAs(
        url,
        undefined,
        "drop schema reporting cascade; drop schema public cascade; create schema costs",
      );
      await withOrm(migrateUp);
      expect(await sqlAs(url, READER, "select * from reporting.latest_jobs")).toEqual([]);
      const found = await sqlAs(
        url,
        undefined,
        "select distinct table_schema from information_schema.view_table_usage where view_schema = 'reporting'",
      );
      expect(found).toEqual([{ table_schema: "costs" }]);
    }, "-c search_path=costs");
  });

  it("keeps a view of others in the schema when it is reverted, and runs again", async () => {
    await inNewDatabase(async (url, withOrm) => {
      await sqlAs(url, undefined, "create view reporting.mine as select 1 as one");
      await withOrm(async (orm) => {
        while ((await migrateDown(orm)) !== "20261128-reporting");
        expect(await sqlAs(url, undefined, "select * from reporting.mine")).toEqual([{ one: 1 }]);
        expect(await migrateUp(orm)).toContain("20261128-reporting");
      });
      expect(await sqlAs(url, READER, "select from reporting.jobs")).toEqual([]);
    });
  });

  it("is not reverted while a view of others reads its views", async () => {
    await inNewDatabase(async (url, withOrm) => {
      await sqlAs(url, undefined, "create view mine as select job_id from reporting.jobs");
      await withOrm(async (orm) => {
        const revert = async () => {
          while ((await migrateDown(orm)) !== "20261128-reporting");
        };
        await expect(revert()).rejects.toThrow("because other objects depend on them");
        expect(await sqlAs(url, READER, "select from reporting.jobs")).toEqual([]);
        await sqlAs(url, undefined, "drop view mine");
        await revert();
      });
    });
  });

  it("fails if the readers may not use the schema, because the owner of the tables may not grant it", async () => {
    const database = await createTestDatabase();
    const administer = (text: string) => sqlAs(database.url, undefined, text);
    const owner = `owner_${randomUUID().replaceAll("-", "")}`;
    const url = new URL(database.url);
    url.username = owner;
    url.password = "secret";
    try {
      await administer(`create role ${owner} login password 'secret'; drop schema reporting cascade;
        drop schema public cascade; create schema public authorization ${owner}; create schema reporting;
        grant usage, create on schema reporting to ${owner}`);
      const orm = await connectOrm({ url: url.href, poolSize: 2, log: pino({ level: "silent" }) });
      const migrated = migrateUp(orm);
      await expect(migrated.finally(() => orm.close())).rejects.toThrow(
        `(or: alter schema reporting owner to ${owner})`,
      );
    } finally {
      await administer(`drop owned by ${owner} cascade; drop role ${owner}`);
      await database.drop();
    }
  });

  it("tells an owner that may not create schemas the statement of an administrator, after which it runs", async () => {
    const database = await createTestDatabase();
    const administer = (text: string) => sqlAs(database.url, undefined, text);
    const owner = `owner_${randomUUID().replaceAll("-", "")}`;
    const url = new URL(database.url);
    url.username = owner;
    url.password = "secret";
    const migrate = async () => {
      const orm = await connectOrm({ url: url.href, poolSize: 2, log: pino({ level: "silent" }) });
      return migrateUp(orm).finally(() => orm.close());
    };
    try {
      await administer(`create role ${owner} login password 'secret'; drop schema reporting cascade;
        drop schema public cascade; create schema public authorization ${owner}`);
      await expect(migrate()).rejects.toThrow(
        `Let an administrator run: create schema reporting authorization ${owner} (or: alter schema reporting owner to ${owner})`,
      );
      await administer(`create schema reporting authorization ${owner}`);
      expect(await migrate()).toContain("20261128-reporting");
      expect(await sqlAs(database.url, READER, "select from reporting.latest_jobs")).toEqual([]);
    } finally {
      await administer(`drop owned by ${owner} cascade; drop role ${owner}`);
      await database.drop();
    }
  });
});
