import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { exclude, tryToExclude, tryToInclude } from "../support/exclusions.ts";
import { startService, type TestService } from "../support/service.ts";
import { createToken, withToken } from "./tokens.ts";

let all: TestService;
const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      all = withToken(service, await createToken(url, { scope: "admin", user: "ana" }));
    },
  },
);

const viewer = async (wish: Parameters<typeof createToken>[1]) =>
  withToken(service, await createToken(service.databaseUrl, wish));

describe("excludeJob and includeJob", () => {
  it.each(["read", "write"] as const)("are refused to the scope %s", async (scope) => {
    const id = await store(all, { project: "mine" });
    const one = await viewer({ scope, projects: ["mine"] });
    for (const { errors } of [await tryToExclude(one, id), await tryToInclude(one, id)]) {
      expect(errors?.[0]).toMatchObject({
        message: `This token has the scope ${scope}; the request needs admin.`,
        extensions: { code: "FORBIDDEN" },
      });
    }
  });

  it("are refused without a token", async () => {
    const answer = await tryToExclude(withToken(service, undefined), await store(all));
    expect(answer.errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
  });

  it("record the user of the token", async () => {
    const id = await store(all, { project: "mine", userId: "ana" });
    const eve = await viewer({ scope: "admin", user: "eve" });
    const { data } = await tryToExclude(eve, id);
    expect(data.excludeJob.job.exclusion.excludedBy).toBe("eve");
    await tryToExclude(all, id);
    const jobs = await eve.query("query ($id: ID!) { job(id: $id) { exclusion { excludedBy } } }", { id });
    expect(jobs.data.job.exclusion.excludedBy).toBe("ana");
  });

  it("add no record for the same reason of another token without a user", async () => {
    const id = await store(all, { project: "mine" });
    const times = [];
    for (const _ of ["one token", "another token"]) {
      const { data } = await tryToExclude(await viewer({ scope: "admin" }), id, "same");
      expect(data.excludeJob.job.exclusion.excludedBy).toBeNull();
      times.push(data.excludeJob.job.exclusion.excludedAt);
    }
    expect(times[1]).toBe(times[0]);
    expect(await service.sql(`select from job_exclusions where job_id = '${id}'`)).toHaveLength(1);
  });

  it("work for jobs of the projects of a bound token", async () => {
    const mine = await viewer({ scope: "admin", projects: ["mine"] });
    const id = await store(all, { project: "mine" });
    expect((await tryToExclude(mine, id, "one")).data.excludeJob.job.exclusion.reason).toBe("one");
    expect((await tryToExclude(mine, id, "two")).data.excludeJob.job.exclusion.reason).toBe("two");
    expect((await tryToInclude(mine, id)).data.includeJob.job.exclusion).toBeNull();
  });

  it("answer about the job of another project as about one that never was", async () => {
    const mine = await viewer({ scope: "admin", projects: ["mine"] });
    for (const project of ["theirs", null]) {
      const [theirs, nothing] = [await store(all, { project }), randomUUID()];
      for (const run of [tryToExclude, tryToInclude]) {
        const [one, other] = [await run(mine, theirs), await run(mine, nothing)];
        expect(one.errors?.[0]?.extensions.code).toBe("NOT_FOUND");
        expect(JSON.stringify(one).replaceAll(theirs, nothing)).toBe(JSON.stringify(other));
      }
    }
  });

  it("of another project do not show to a bound token", async () => {
    const mine = await viewer({ scope: "read", projects: ["mine"] });
    await exclude(all, await store(all, { project: "theirs" }), "secret");
    const own = await store(all, { project: "mine" });
    await exclude(all, own, "known");
    const { data } = await mine.query("{ jobs { nodes { id exclusion { reason } } } }");
    expect(JSON.stringify(data)).not.toContain("secret");
    expect(data.jobs.nodes).toContainEqual({ id: own, exclusion: { reason: "known" } });
  });
});
