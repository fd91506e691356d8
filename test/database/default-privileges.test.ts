import { describe, expect, it } from "vitest";
import { insertOldJobs, wholeJobs } from "../retention/old-jobs.ts";
import { purgeOlderThan, startRetention } from "../retention/purging.ts";
import { estimate, store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";

describe("A database whose default privileges give PUBLIC no EXECUTE on functions", () => {
  const service = startService(
    {},
    {
      // The service migrates again, with these default privileges.
      prepare: async (url) =>
        void (await sqlAs(
          url,
          undefined,
          `drop schema reporting cascade; drop schema public cascade; create schema public;
           alter default privileges revoke execute on functions from public`,
        )),
    },
  );
  const retention = startRetention(service);

  it("stores, finds and excludes jobs, with functions of indexes and triggers", async () => {
    const id = await store(service, { project: "shop", branch: "a branch", estimate: estimate() });
    const { data } = await service.query('{ search(text: "a bra") { ... on Job { id } } }');
    expect(data.search).toEqual([{ id }]);
    await exclude(service, id);
  });

  it("runs a purge", async () => {
    const [old = ""] = await insertOldJobs(service, [{ daysAgo: 60 }]);
    await purgeOlderThan(retention(), 30);
    expect(await wholeJobs(service, [old])).toEqual([]);
  });

  it("lets the readers of reports read the views", async () => {
    const read = (view: string) =>
      sqlAs(service.databaseUrl, "results_storage_reader", `select from reporting.${view}`);
    expect(await Promise.all(["jobs", "latest_jobs", "resources"].map(read))).toMatchObject([
      { length: 1 },
      { length: 0 },
      { length: 1 },
    ]);
  });
});
