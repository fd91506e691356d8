import { once } from "node:events";
import { get } from "node:http";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { call } from "../server/rest-client.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";
import { storeSeries } from "../trends/store-at.ts";

const service = startService();

const jobs: Record<string, string> = {};

/** Stores a job with this number of resources. */
const storeJob = (project: string, count: number, fields: object = {}, input: object = {}) =>
  store(service, {
    project,
    branch: "main",
    ...input,
    estimate: estimate({
      ...fields,
      byResource: Array.from({ length: count }, (_, i) =>
        resource({ resourceId: `${project}[${i}]`, totalMonthlyCost: i === 0 ? null : String(i) }),
      ),
    }),
  });

beforeAll(async () => {
  await storeJob("shop", 3);
  jobs.shop = await storeJob("shop", 2, { profile: "PROD" }, { commitSha: "=c0ffee" });
  await storeJob("shop", 5, {}, { branch: "feature", isDefaultBranch: false, runId: "run" });
  await storeJob("shop", 7, { isComplete: false });
  jobs.old = await storeJob("blog", 4);
  await exclude(service, await storeJob("blog", 6));
  jobs.large = await storeJob("large", 2_300);
  await storeJob("empty", 0, { totalMonthlyCost: "0" });
  await storeJob("other", 1);
});

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  const { status, type, text } = await call(service, path);
  expect([status, type]).toEqual([200, "text/csv; charset=utf-8"]);
  return parse(text, { columns: true, relax_column_count: false, record_delimiter: "\r\n" });
}

const counts = (rows: readonly Record<string, string>[], column: string) =>
  Object.fromEntries([...Map.groupBy(rows, (row) => row[column])].map(([key, of]) => [key, of.length]));

const ALL = ["shop", "blog", "large", "empty", "nobody's"].map((name) => `projects=${name}`).join("&");

describe("The export of several projects", () => {
  it("has the resources of the current job of each project, usage profile and currency", async () => {
    const rows = await rowsOf(`/resources.csv?${ALL}`);
    expect(counts(rows, "project")).toEqual({ shop: 5, blog: 4, large: 2_300 });
    expect(counts(rows, "job_id")).toMatchObject({ [jobs.shop ?? ""]: 2, [jobs.old ?? ""]: 4 });
    // By project, and each job with unknown costs last.
    expect([...new Set(rows.map(({ project }) => project))]).toEqual(["blog", "large", "shop"]);
    expect(rows.filter(({ project }) => project === "large").map(({ resource_id: id }) => id)).toEqual([
      ...Array.from({ length: 2_299 }, (_, i) => `large[${2_299 - i}]`),
      "large[0]",
    ]);
    expect(rows.filter(({ job_id: id }) => id === jobs.shop)).toMatchObject([
      { profile: "prod", branch: "main", commit_sha: "'=c0ffee", currency: "USD", total_monthly_cost: "1" },
      { resource_id: "shop[0]", total_monthly_cost: "" },
    ]);
  });

  it("adds up to the portfolio", async () => {
    const { json } = await call(service, `/portfolio?group_by=resource_type&${ALL}`);
    const rows = await rowsOf(`/resources.csv?${ALL}`);
    const sum = rows.reduce((total, row) => total + Number(row.total_monthly_cost), 0);
    expect(json.groups).toMatchObject([{ total_monthly_cost: sum, resource_count: rows.length }]);
  });

  it("selects jobs as a portfolio does", async () => {
    expect(counts(await rowsOf(`/resources.csv?${ALL}&profile=prod`), "job_id")).toEqual({
      [jobs.shop ?? ""]: 2,
    });
    expect(counts(await rowsOf(`/resources.csv?${ALL}&run_id=run`), "branch")).toEqual({ feature: 5 });
    const [before] = await storeSeries(service, "moved", ["10", "20"]);
    const rows = await rowsOf("/resources.csv?projects=moved&as_of=2026-01-01T00:30:00Z");
    expect(rows.map(({ job_id: id }) => id)).toEqual([before]);
    expect(await rowsOf("/resources.csv?projects=moved&as_of=2027-01-01T00:00:00Z&max_age_days=30")).toEqual(
      [],
    );
  });

  it("has the same resources as JSON, with costs as strings, and as FOCUS", async () => {
    const rows = await rowsOf(`/resources.csv?${ALL}`);
    const { json } = await call(service, `/resources.json?${ALL}`);
    expect(json).toHaveLength(rows.length);
    const asCsv = json.map((record: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [
          name,
          value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value),
        ]),
      ),
    );
    expect(asCsv).toEqual(rows.map((row) => ({ ...row, commit_sha: row.commit_sha?.replace(/^'/, "") })));
    const focus = await rowsOf(`/resources.focus.csv?${ALL}`);
    expect(
      focus.map((row) => [row.x_JobId, row.ResourceId, row.BilledCost, row.x_Project, row.ServiceCategory]),
    ).toEqual(
      rows.map((row) => [row.job_id, row.resource_id, row.total_monthly_cost, row.project, "Compute"]),
    );
  });

  it("of projects without a current job is a header, and in JSON an empty list", async () => {
    const { text } = await call(service, "/resources.csv?projects=empty&projects=nobody's");
    expect(text).toMatch(/^job_id,project,[^\n]*\r\n$/);
    expect((await call(service, "/resources.json?projects=nobody's")).json).toEqual([]);
  });

  it("reads small jobs together, and a large one in pages", async () => {
    const pages = async (search: string) =>
      (await observed(() => call(service, `/resources.csv?${search}`))).statements;
    const small = await pages("projects=shop&projects=blog&projects=empty&projects=other");
    expect(small).toEqual(["export.currentJobs", "export.jobs", "export.resources"]);
    const large = await pages("projects=large");
    expect(large).toEqual(["export.currentJobs", "export.jobs", ...Array(3).fill("export.resources")]);
  });

  it("reads on demand: a client that stops ends the statements", async () => {
    const names = await statementsOf(async () => {
      const url = `${service.url}/api/v1/resources.json?projects=large&projects=blog`;
      const [response] = await once(get(url), "response");
      response.destroy();
      await once(response, "close");
    });
    expect(names.filter((name) => name === "export.resources").length).toBeLessThanOrEqual(4);
  });
});
