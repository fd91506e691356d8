import { Big } from "big.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { ProjectFilter, ProjectOrder } from "../../src/portfolio/project.graphql.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { randomFrom } from "../support/random-selections.ts";
import { startService } from "../support/service.ts";
import {
  byName,
  currentJobs,
  effectiveAt,
  highestTotal,
  insertJobs,
  isOnDefaultBranch,
  latestJob,
  type NaiveJob,
  newestOf,
  randomJobs,
  totalsOf,
} from "./naive-projects.ts";

/** The number of random filters, and the seed of the first. */
const FILTERS = Number(process.env.RANDOM_FILTERS ?? 100);
const SEED = Number(process.env.RANDOM_SEED ?? 1);

const service = startService();
let jobs: ReadonlyMap<string, NaiveJob[]>;

beforeAll(async () => {
  const random = randomJobs(randomFrom(SEED), 400);
  await pastTriggers(service, insertJobs(random));
  const ofProjects = random.filter(({ project }) => project !== null);
  jobs = Map.groupBy(ofProjects, ({ project }) => project ?? "");
});

const FIELDS = `id name jobCount firstJobAt lastJobAt
  totals {
    currency totalMonthlyCost unattributed resourceCount unpricedResourceCount unsupportedResourceCount jobCount oldestJobAt
  }
  latest: latestJob { id }
  latestDev: latestJob(profile: DEV, currency: "EUR") { id }
  latestOfMain: latestJob(branch: "main") { id }
  latestOfFeature: latestJob(branch: "feature", currency: "USD") { id project labels }
  latestOfNone: latestJob(branch: "") { id }
  branches {
    totalCount
    nodes { name isDefault jobCount lastJobAt latestJob { id } latestProd: latestJob(profile: PROD) { id } }
  }`;

const idOf = (job: NaiveJob | undefined) => (job === undefined ? null : { id: job.id });
const lastJobAt = (of: readonly NaiveJob[]) => Math.max(...of.map((job) => effectiveAt(job).getTime()));

function expectedBranches(of: readonly NaiveJob[]) {
  return [...Map.groupBy(of, ({ branch }) => branch)]
    .toSorted(([a, one], [b, other]) => lastJobAt(other) - lastJobAt(one) || byName(a ?? "", b ?? ""))
    .map(([name, ofBranch]) => ({
      name,
      isDefault: isOnDefaultBranch(newestOf(ofBranch) as NaiveJob),
      jobCount: ofBranch.length,
      lastJobAt: new Date(lastJobAt(ofBranch)).toISOString(),
      latestJob: idOf(latestJob(ofBranch, () => true)),
      latestProd: idOf(latestJob(ofBranch, () => true, { profile: "PROD" })),
    }));
}

function expectedProject(name: string, of: readonly NaiveJob[]) {
  const feature = latestJob(of, ({ branch }) => branch === "feature", { currency: "USD" });
  const branches = expectedBranches(of);
  return {
    id: `project:${name}`,
    name,
    jobCount: of.length,
    firstJobAt: new Date(Math.min(...of.map((job) => effectiveAt(job).getTime()))).toISOString(),
    lastJobAt: new Date(lastJobAt(of)).toISOString(),
    totals: totalsOf(of),
    latest: idOf(latestJob(of, isOnDefaultBranch)),
    latestDev: idOf(latestJob(of, isOnDefaultBranch, { profile: "DEV", currency: "EUR" })),
    latestOfMain: idOf(latestJob(of, ({ branch }) => branch === "main")),
    latestOfFeature: feature ? { id: feature.id, project: name, labels: feature.labels } : null,
    latestOfNone: null,
    branches: { totalCount: branches.length, nodes: branches },
  };
}

/** The totals in their shortest form: PostgreSQL keeps the digits of the amounts. */
function shortened<P extends { totals: { totalMonthlyCost: string }[] }>(project: P): P {
  const totals = project.totals.map((total) => ({
    ...total,
    totalMonthlyCost: new Big(total.totalMonthlyCost).toFixed(),
  }));
  return { ...project, totals };
}

describe("A project", () => {
  it("has the counts, times, totals, latest jobs and branches of a recount", async () => {
    const { data, errors } = await service.query(
      `{ projects(first: 50) { totalCount nodes { ${FIELDS} } } }`,
    );
    expect(errors).toBeUndefined();
    const expected = [...jobs]
      .toSorted(([a], [b]) => byName(a, b))
      .map(([name, of]) => expectedProject(name, of));
    expect(data.projects.totalCount).toBe(expected.length);
    expect(data.projects.nodes.map(shortened)).toEqual(expected);
  });

  it("is found by its name alone, and is null without a job of this name", async () => {
    for (const name of [...jobs.keys(), "shop/", "SHOP", "", "\0", "\ud800"]) {
      const { data, errors } = await service.query(
        "query ($name: String!) { project(name: $name) { name jobCount } }",
        { name },
      );
      expect(errors).toBeUndefined();
      const of = jobs.get(name);
      expect(data.project).toEqual(of === undefined ? null : { name, jobCount: of.length });
    }
  });

  it("exists with a job that is incomplete or excluded only", async () => {
    const [incomplete, excluded] = randomJobs(randomFrom(SEED + 1), 2) as [NaiveJob, NaiveJob];
    await pastTriggers(
      service,
      insertJobs([
        { ...incomplete, project: "only incomplete", isComplete: false, isExcluded: false },
        { ...excluded, project: "only excluded", isComplete: true, isExcluded: true },
      ]),
    );
    const { data } = await service.query(
      '{ projects(filter: { prefix: "only " }) { nodes { name jobCount totals { jobCount } latestJob { id } branches { nodes { jobCount latestJob { id } } } } } }',
    );
    const empty = {
      jobCount: 1,
      totals: [],
      latestJob: null,
      branches: { nodes: [{ jobCount: 1, latestJob: null }] },
    };
    expect(data.projects.nodes).toEqual([
      { name: "only excluded", ...empty },
      { name: "only incomplete", ...empty },
    ]);
    await pastTriggers(service, "delete from jobs where project like 'only %'");
  });
});

const ORDERS: readonly ProjectOrder[] = ["NAME_ASC", "LAST_JOB_AT_DESC", "TOTAL_MONTHLY_COST_DESC"];

/** The names of the projects that match the filter, in the order. */
function expectedNames(filter: ProjectFilter, order: ProjectOrder): string[] {
  const { search, prefix, labels, activeSince } = filter;
  const matching = [...jobs].filter(
    ([name, of]) =>
      name.toLowerCase().includes(search?.toLowerCase() ?? "") &&
      name.startsWith(prefix ?? "") &&
      (!activeSince || lastJobAt(of) >= activeSince.getTime()) &&
      (!labels?.length ||
        currentJobs(of).some((job) =>
          labels.every(
            ({ key, value }) => job.labels[key] !== undefined && (!value || job.labels[key] === value),
          ),
        )),
  );
  const value = (of: readonly NaiveJob[]) => {
    if (order === "LAST_JOB_AT_DESC") return new Big(lastJobAt(of));
    return order === "NAME_ASC" ? new Big(0) : (highestTotal(of) ?? new Big("-1e40"));
  };
  return matching
    .toSorted(([a, one], [b, other]) => value(other).cmp(value(one)) || byName(a, b))
    .map(([name]) => name);
}

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: ProjectFilter, $orderBy: ProjectOrder) {
  projects(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function list(variables: object) {
  const { data, errors } = await service.query(LIST, variables);
  expect(errors).toBeUndefined();
  return data.projects;
}

const namesOf = ({ edges }: { edges: { node: { name: string } }[] }) => edges.map(({ node }) => node.name);

describe("Projects", () => {
  it(`are those of a recount, with ${FILTERS} random filters and orders`, async () => {
    for (let n = 0; n < FILTERS; n++) {
      const random = randomFrom(SEED + n);
      const oneOf = <Value>(...values: readonly Value[]) =>
        values[Math.floor(random() * values.length)] as Value;
      const filter: ProjectFilter = {
        search: oneOf(null, null, "shop", "P", "%", "_", "är", "ÄR", "x", "\\", ":", ""),
        prefix: oneOf(null, null, null, "sh", "S", "shop_", "pro", "", "\ue000", "é", "zz"),
        labels: oneOf(
          null,
          null,
          [],
          [{ key: "team" }],
          [{ key: "team", value: "a" }, { key: "tier" }],
          [{ key: "team", value: "none" }],
        ),
        activeSince: oneOf(
          null,
          null,
          new Date("2026-01-19T00:00:00Z"),
          new Date("2026-01-20T00:00:00.001Z"),
        ),
      };
      const orderBy = oneOf(...ORDERS);
      const read = await list({ first: 100, filter, orderBy });
      const expected = expectedNames(filter, orderBy);
      expect(namesOf(read), JSON.stringify(filter)).toEqual(expected);
      expect(read.totalCount, JSON.stringify(filter)).toBe(expected.length);
    }
  });
});

describe.each(ORDERS)("Projects in the order %s", (orderBy) => {
  it.each([
    ["without a filter", {}],
    ["with labels", { labels: [{ key: "team" }] }],
    ["with a prefix and a time", { prefix: "", activeSince: new Date("2026-01-18T00:00:00Z") }],
  ])("have the same pages in both directions, %s", async (_name, filter: ProjectFilter) => {
    const expected = expectedNames(filter, orderBy);
    for (const size of [4, 100]) {
      const forward: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page = await list({ first: size, after, filter, orderBy });
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        forward.push(...namesOf(page));
        ({ endCursor: after, hasNextPage: more } = page.pageInfo);
      }
      expect(forward).toEqual(expected);
      const backward: string[] = [];
      for (let before: string | null = null, more = true; more; ) {
        const page = await list({ last: size, before, filter, orderBy });
        backward.unshift(...namesOf(page));
        ({ startCursor: before, hasPreviousPage: more } = page.pageInfo);
      }
      expect(backward).toEqual(expected);
    }
  });

  it("are between two cursors without both ends", async () => {
    const { edges } = await list({ first: 100, orderBy });
    const [after, before] = [edges[2].cursor, edges[7].cursor];
    const expected = namesOf({ edges: edges.slice(3, 7) });
    expect(namesOf(await list({ first: 100, after, before, orderBy }))).toEqual(expected);
    expect(namesOf(await list({ last: 2, after, before, orderBy }))).toEqual(expected.slice(-2));
  });
});

describe("Branches", () => {
  it("have the same pages in both directions", async () => {
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      project(name: "shop") { branches(first: $first, after: $after, last: $last, before: $before) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }
    }`;
    const read = async (page: object) => (await service.query(query, page)).data.project.branches;
    const expected = expectedBranches(jobs.get("shop") ?? []).map(({ name }) => name);
    expect(expected.length).toBeGreaterThan(3);
    for (const size of [2, 100]) {
      const forward: (string | null)[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const branches = await read({ first: size, after });
        forward.push(...branches.nodes.map(({ name }: { name: string }) => name));
        ({ endCursor: after, hasNextPage: more } = branches.pageInfo);
      }
      expect(forward).toEqual(expected);
      const backward: (string | null)[] = [];
      for (let before: string | null = null, more = true; more; ) {
        const branches = await read({ last: size, before });
        backward.unshift(...branches.nodes.map(({ name }: { name: string }) => name));
        ({ startCursor: before, hasPreviousPage: more } = branches.pageInfo);
      }
      expect(backward).toEqual(expected);
    }
  });
});

describe("An invalid argument", () => {
  const cursor = (...values: string[]) => Buffer.from(JSON.stringify(values)).toString("base64url");
  it.each([
    ["first: 101", "first must be from 1 to 100"],
    ['after: "x"', /^after must be a cursor of this list/],
    [
      `after: "${cursor("LAST_JOB_AT_DESC", "2026-01-01T00:00:00Z", "shop")}"`,
      /^after must be a cursor of this list/,
    ],
    [`after: "${cursor("NAME_ASC", "\0")}"`, /^after must be a cursor of this list/],
    [`before: "${cursor("NAME_ASC", "\ud800")}"`, /^before must be a cursor of this list/],
    ['filter: { search: "\\u0000" }', /^filter.search must not contain a NUL character/],
    ['filter: { prefix: "\\u0000" }', /^filter.prefix must not contain a NUL character/],
    [
      `filter: { labels: [${Array.from({ length: 51 }, () => '{ key: "a" }').join()}] }`,
      "filter.labels must hold at most 50 labels",
    ],
  ])("is refused by its path: %s", async (args, message) => {
    const { errors } = await service.query(`{ projects(${args}) { nodes { id } } }`);
    expect(errors?.[0]?.message).toMatch(message);
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  it("of branches is refused by its path", async () => {
    for (const args of [
      "first: 101",
      `after: "${cursor("LAST_JOB_AT_DESC", "2026-01-01T00:00:00Z", "\0")}"`,
    ]) {
      const { errors } = await service.query(
        `{ project(name: "shop") { branches(${args}) { nodes { name } } } }`,
      );
      expect(errors?.[0]).toMatchObject({
        path: ["project", "branches"],
        extensions: { code: "BAD_USER_INPUT" },
      });
    }
  });
});
