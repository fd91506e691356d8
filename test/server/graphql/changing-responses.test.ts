import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config.ts";
import { estimate, resource, store } from "../../support/estimates.ts";
import { exclude, include } from "../../support/exclusions.ts";
import { postGraphql, startService } from "../../support/service.ts";
import { observed } from "../../support/statements.ts";

const first = startService();

/** The URL of a second server on the same database. */
let secondUrl: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const environment = {
    PORT: "0",
    DATABASE_URL: first.databaseUrl,
    SEAL_INTERVAL_SECONDS: "0",
    AUTH: "none",
  };
  const app = await createApp(readConfig(environment), first.databaseUrl, pino({ level: "silent" }));
  secondUrl = app.url;
  close = app.close;
});
afterAll(() => close());

type Ask = (query: string, variables: object) => ReturnType<typeof postGraphql>;
const servers: [string, Ask][] = [
  ["the server of the change", (query, variables) => first.query(query, variables)],
  ["another server", (query, variables) => postGraphql(secondUrl, JSON.stringify({ query, variables }))],
];

const at = (day: string, total: string) =>
  estimate({
    estimatedAt: `2026-0${day}T12:00:00Z`,
    totalMonthlyCost: total,
    byResource: [resource({ totalMonthlyCost: total, computeCost: total })],
  });

const JOB = `query ($id: ID!) { job(id: $id) {
  exclusion { reason } previous { id } change { delta percentageChange }
} }`;
const BASELINES = `query ($project: String) { jobs(filter: { project: $project }) { nodes {
  id baseline { id } ofCommit: baseline(commitSha: "c0ffee") { id }
} } }`;
const LIST = `query ($project: String) { jobs(filter: { project: $project }) { nodes {
  id exclusion { reason } previous { id } change { delta }
} } }`;
const WARNINGS = `query ($base: ID!, $target: ID!) {
  compareJobs(baseJobId: $base, targetJobId: $target) { delta warnings { code } }
}`;

/** A series of three jobs: January, March and May. */
async function storeSeries(project: string): Promise<[string, string, string]> {
  return [
    await store(first, { project, estimate: at("1-05", "10.00") }),
    await store(first, { project, estimate: at("3-05", "20.00") }),
    await store(first, { project, estimate: at("5-05", "50.00") }),
  ];
}

describe.each(servers)("%s", (name, ask) => {
  /** The response, which is in the cache of the server: the second request runs no other statement. */
  async function cached(query: string, variables: object) {
    const once = await ask(query, variables);
    const { answer, statements } = await observed(() => ask(query, variables));
    expect([...new Set(statements)]).toEqual(["jobs.again"]);
    expect(answer.data).toEqual(once.data);
    return answer.data;
  }

  it("answers with the new previous job after a backfill", async () => {
    const project = `backfill ${name}`;
    const [, march, may] = await storeSeries(project);
    expect((await cached(JOB, { id: may })).job).toMatchObject({
      previous: { id: march },
      change: { delta: "30.00" },
    });
    await cached(LIST, { project });
    const april = await store(first, { project, estimate: at("4-05", "40.00") });
    expect((await ask(JOB, { id: may })).data.job).toMatchObject({
      previous: { id: april },
      change: { delta: "10.00", percentageChange: 25 },
    });
    expect((await ask(LIST, { project })).data.jobs.nodes).toHaveLength(4);
  });

  it("answers with another previous job after its exclusion, and with the job after the reversal", async () => {
    const project = `exclusion ${name}`;
    const [january, march, may] = await storeSeries(project);
    const before = await cached(JOB, { id: may });
    const list = await cached(LIST, { project });
    await exclude(first, march, "wrong");
    const excluded = await cached(JOB, { id: may });
    expect(excluded.job).toEqual({
      exclusion: null,
      previous: { id: january },
      change: { delta: "40.00", percentageChange: 400 },
    });
    expect((await cached(LIST, { project })).jobs.nodes[1]).toEqual({
      id: march,
      exclusion: { reason: "wrong" },
      previous: null,
      change: null,
    });
    await include(first, march);
    expect(await cached(JOB, { id: may })).toEqual(before);
    expect(await cached(LIST, { project })).toEqual(list);
  });

  it("answers with another list of written jobs after an exclusion and a store", async () => {
    const project = `written ${name}`;
    const [january, march, may] = await storeSeries(project);
    const query = `query ($project: String, $isExcluded: Boolean) {
      jobs(filter: { project: $project, isExcluded: $isExcluded }, orderBy: EFFECTIVE_AT_ASC) { nodes { id } }
    }`;
    const idsOf = async (isExcluded: boolean) =>
      (await cached(query, { project, isExcluded })).jobs.nodes.map(({ id }: { id: string }) => id);
    expect([await idsOf(false), await idsOf(true)]).toEqual([[january, march, may], []]);
    await exclude(first, march);
    expect([await idsOf(false), await idsOf(true)]).toEqual([[january, may], [march]]);
    await include(first, march);
    const april = await store(first, { project, estimate: at("4-05", "40.00") });
    expect([await idsOf(false), await idsOf(true)]).toEqual([[january, march, april, may], []]);
  });

  it("answers with the new reason of an exclusion", async () => {
    const id = await store(first, { project: `reason ${name}` });
    const query = "query ($id: ID!) { job(id: $id) { exclusion { reason } } }";
    expect((await cached(query, { id })).job.exclusion).toBeNull();
    for (const reason of ["one", "two"]) {
      await exclude(first, id, reason);
      expect((await cached(query, { id })).job.exclusion).toEqual({ reason });
    }
  });

  it("answers with the previous job of the right job when two exclusions change places", async () => {
    const project = `places ${name}`;
    const [january, march, may] = await storeSeries(project);
    await exclude(first, march);
    expect((await cached(LIST, { project })).jobs.nodes).toMatchObject([
      { id: may, previous: { id: january } },
      { id: march, previous: null },
      { id: january, previous: null },
    ]);
    await exclude(first, may);
    await include(first, march);
    expect((await ask(LIST, { project })).data.jobs.nodes).toMatchObject([
      { id: may, previous: null },
      { id: march, previous: { id: january } },
      { id: january, previous: null },
    ]);
  });

  it("answers with the baselines of the right jobs after an exclusion and a store of their commit", async () => {
    const project = `baselines ${name}`;
    const [january, march, may] = await storeSeries(project);
    const baselines = async () =>
      (await cached(BASELINES, { project })).jobs.nodes.map((job: Record<string, { id: string } | null>) => [
        job.id,
        job.baseline?.id ?? null,
        job.ofCommit?.id ?? null,
      ]);
    expect(await baselines()).toEqual([
      [may, march, null],
      [march, january, null],
      [january, null, null],
    ]);
    await exclude(first, march);
    expect(await baselines()).toEqual([
      [may, january, null],
      [march, january, null],
      [january, null, null],
    ]);
    const input = { project, branch: "feature", commitSha: "c0ffee", estimate: at("2-05", "15.00") };
    const february = await store(first, input);
    expect(await baselines()).toEqual([
      [february, january, null],
      [may, january, february],
      [march, january, february],
      [january, null, february],
    ]);
  });

  it("answers with the warnings of a comparison after an exclusion", async () => {
    const [base, target] = await storeSeries(`warnings ${name}`);
    expect((await cached(WARNINGS, { base, target })).compareJobs.warnings).toEqual([]);
    await exclude(first, base);
    expect((await cached(WARNINGS, { base, target })).compareJobs.warnings).toEqual([
      { code: "EXCLUDED_JOB" },
    ]);
  });
});

describe("A GET", () => {
  it.each([
    ["exclusion", "{ job(id: $id) { exclusion { reason } } }"],
    ["previous", "{ job(id: $id) { previous { id } } }"],
    ["change", "{ job(id: $id) { change { delta } } }"],
    ["baseline", "{ job(id: $id) { baseline { id } } }"],
    ["baseline of a commit", '{ job(id: $id) { baseline(commitSha: "x") { id } } }'],
    ["comparePortfolios", "{ comparePortfolios(target: {}) { totals { delta } pairs { nodes { delta } } } }"],
    ["warnings of a comparison", "{ compareJobs(baseJobId: $id, targetJobId: $id) { warnings { code } } }"],
    ["topResources", "{ topResources { id } }"],
    ["costTrend", "{ costTrend { series { key } } }"],
  ])("of %s is never immutable", async (_field, query) => {
    const [january, march] = await storeSeries("get");
    await exclude(first, january);
    for (const id of [january, march]) {
      const search = new URLSearchParams({ query: query.replaceAll("$id", `"${id}"`) });
      for (const _ of [1, 2]) {
        const response = await fetch(`${first.url}/graphql?${search}`);
        expect(((await response.json()) as { errors?: object }).errors).toBeUndefined();
        expect(response.headers.get("cache-control") ?? "").not.toMatch(/immutable|max-age=[1-9]/);
      }
    }
  });
});
