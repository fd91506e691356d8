import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { randomJobs, storePlainJobs } from "../support/plain-jobs.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";
import { trendWithTotals } from "../trends/ask-trend.ts";

const service = startService();

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly format: string; readonly rawSql: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly allValue?: string;
}

let panels: readonly Panel[];
let variables: readonly Variable[];

const RANGE = { from: "2025-03-03T06:00:00Z", to: "2025-03-09T18:00:00Z" };

beforeAll(async () => {
  const text = await readFile(new URL("../../deploy/grafana-dashboard.json", import.meta.url), "utf8");
  const dashboard = JSON.parse(text);
  panels = dashboard.panels;
  variables = dashboard.templating.list;
  // A name with a quote must not end the text of the SQL.
  const jobs = randomJobs(200, 7).map((job) =>
    job.project === "blog" ? { ...job, project: "o'blog" } : job,
  );
  await storePlainJobs(service, jobs);
  const byResource = [resource(), resource({ resourceId: "unknown", totalMonthlyCost: null })];
  await store(service, { project: "new", estimate: estimate({ byResource }) });
});

const asReader = (sql: string) => sqlAs(service.databaseUrl, "results_storage_reader", sql);

/** The values from which a user can select. */
async function valuesOf(name: string): Promise<string[]> {
  const rows = await asReader(variables.find((variable) => variable.name === name)?.query ?? "");
  return rows.map((row) => String(Object.values(row)[0]));
}

/**
 * The SQL that Grafana sends: with the range of time, and with the selected values of variables as texts of SQL. For
 * "All", Grafana inserts the custom value as it is.
 */
function interpolated(sql: string, selected: Readonly<Record<string, readonly string[]>> = {}): string {
  let text = sql.replaceAll("$__timeFrom()", `'${RANGE.from}'`).replaceAll("$__timeTo()", `'${RANGE.to}'`);
  for (const { name, allValue = "" } of variables) {
    const list = selected[name]?.map((value) => `'${value.replaceAll("'", "''")}'`).join(",");
    text = text.replaceAll(`\${${name}:sqlstring}`, () => list ?? allValue);
  }
  expect(text).not.toMatch(/\$(?:__|\{|[a-z])/);
  return text;
}

async function rowsOf(title: string, selected?: Readonly<Record<string, readonly string[]>>) {
  const panel = panels.find((one) => one.title === title);
  return asReader(interpolated(panel?.targets[0]?.rawSql ?? "", selected));
}

describe("The Grafana dashboard", () => {
  it("has panels with a description, their own place, and the data source of the variable", () => {
    expect(panels.length).toBeGreaterThanOrEqual(6);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { description, datasource, gridPos } of panels) {
      expect(description).toMatch(/\.$/);
      expect(datasource).toEqual({ type: "grafana-postgresql-datasource", uid: `$${"{datasource}"}` });
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    const overlapping = panels.flatMap((a) =>
      panels.filter(
        (b) =>
          a.id < b.id &&
          a.gridPos.x < b.gridPos.x + b.gridPos.w &&
          b.gridPos.x < a.gridPos.x + a.gridPos.w &&
          a.gridPos.y < b.gridPos.y + b.gridPos.h &&
          b.gridPos.y < a.gridPos.y + a.gridPos.h,
      ),
    );
    expect(overlapping).toEqual([]);
  });

  it("runs each of its statements as the reader, and finds rows", async () => {
    for (const { title, targets } of panels) {
      expect(targets.length).toBeGreaterThan(0);
      for (const { rawSql } of targets)
        expect([title, await asReader(interpolated(rawSql))]).not.toEqual([title, []]);
    }
    expect(await valuesOf("project")).toContain("o'blog");
  });

  it("has the same rows for All and for the list of all values", async () => {
    const every = { project: await valuesOf("project"), currency: await valuesOf("currency") };
    for (const { title, targets } of panels) {
      // Jobs of projects without a current job are in the list of jobs only.
      if (title === "Newest jobs") continue;
      for (const { rawSql } of targets)
        expect([title, await asReader(interpolated(rawSql))]).toEqual([
          title,
          await asReader(interpolated(rawSql, every)),
        ]);
    }
  });

  it("has valid statements for an empty installation, also if nothing is selected", async () => {
    const none = { project: [], currency: [] };
    const database = await createTestDatabase();
    try {
      for (const { targets } of panels) {
        for (const { rawSql } of targets) {
          for (const sql of [interpolated(rawSql), interpolated(rawSql, none)])
            await sqlAs(database.url, "results_storage_reader", sql);
        }
      }
    } finally {
      await database.drop();
    }
  });

  it("reads the views alone", () => {
    const statements = [
      ...panels.flatMap(({ targets }) => targets.map(({ rawSql }) => rawSql)),
      ...variables.map(({ query }) => query),
    ];
    const names = statements.flatMap((sql) =>
      [...sql.matchAll(/\b(?:from|join)\s+([a-z_.]+)/g)].map(([, name]) => name),
    );
    expect(new Set(names.filter((name) => name?.includes(".")))).toEqual(
      new Set(["reporting.latest_jobs", "reporting.jobs", "reporting.resources"]),
    );
    expect(names.filter((name) => ["jobs", "cost_results"].includes(name ?? ""))).toEqual([]);
  });

  it("has the totals of a portfolio", async () => {
    const { data } = await service.query(
      "{ portfolio(groupBy: TOTAL) { totals { currency totalMonthlyCost } } }",
    );
    const found = await rowsOf("Monthly cost by currency");
    expect(found.map((row) => ({ currency: row.currency, totalMonthlyCost: row["monthly cost"] }))).toEqual(
      data.portfolio.totals,
    );
  });

  it("has the totals of a trend in each interval", async () => {
    const series = await trendWithTotals(service, {
      groupBy: "PROJECT",
      filter: { effectiveFrom: RANGE.from, effectiveBefore: RANGE.to },
    });
    const expected = series.flatMap(({ key, currency, totals }) =>
      totals.flatMap(({ start, total }) =>
        total === null ? [] : [`${start} ${key} ${currency} ${Number(total)}`],
      ),
    );
    const found = await rowsOf("Monthly cost by project over time");
    expect(expected.length).toBeGreaterThan(30);
    expect(
      found.map((row) => `${(row.time as Date).toISOString()} ${row.metric} ${Number(row.value)}`).toSorted(),
    ).toEqual(expected.toSorted());
  });

  it("adds up to the totals of all projects, with the projects beyond the first ones in one line", async () => {
    const panel = panels.find(({ title }) => title === "Monthly cost by project over time");
    const few = (panel?.targets[0]?.rawSql ?? "").replace("rank <= 20", "rank <= 2");
    const found = await asReader(
      `select to_char("time" at time zone 'UTC', 'YYYY-MM-DD') || ' ' || right(metric, 3) as day,
         sum(value)::text as total, bool_or(metric like 'other projects %') as has_other
       from (${interpolated(few)}) as points group by 1 order by 1`,
    );
    const series = await trendWithTotals(service, {
      filter: { effectiveFrom: RANGE.from, effectiveBefore: RANGE.to },
    });
    const expected = series.flatMap(({ currency, totals }) =>
      totals.map(({ start, total }) => ({
        day: `${start.slice(0, 10)} ${currency}`,
        total,
        has_other: true,
      })),
    );
    expect(found).toEqual(expected.toSorted((a, b) => (a.day < b.day ? -1 : 1)));
  });

  it("has the selected projects and currencies only", async () => {
    const rows = await rowsOf("Coverage by project", { project: ["new"], currency: ["USD"] });
    expect(rows).toMatchObject([{ project: "new", currency: "USD", resources: "2", unpriced: "1" }]);
    expect(Number(rows[0]?.priced)).toBe(0.5);
    expect(await rowsOf("Newest jobs", { project: ["new"], currency: ["USD"] })).toEqual([]);
    const quoted = await rowsOf("Projects", { project: ["o'blog", "new"] });
    expect(quoted).toEqual([{ projects: "2" }]);
  });
});
