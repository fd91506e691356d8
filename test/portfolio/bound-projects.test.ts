import { beforeAll, describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { randomFrom } from "../support/random-selections.ts";
import { startService, type TestService } from "../support/service.ts";
import { byName, insertJobs, NAMES, type NaiveJob, randomJobs, totalsOf } from "./naive-projects.ts";

const tokens = new Map<string, string>();
const BOUND: Readonly<Record<string, readonly string[]>> = {
  "one name": ["shop"],
  "names of unusual characters": ["project:shop", "shop%api", "日本", "none"],
  "a name and all below it": ["shop", "shop/*"],
  "prefixes and a name": ["shop/*", "none/*", "ärger"],
};

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      for (const [name, projects] of Object.entries(BOUND))
        tokens.set(name, await createToken(url, { projects }));
    },
  },
);

let jobs: ReadonlyMap<string, NaiveJob[]>;
beforeAll(async () => {
  const random = randomJobs(randomFrom(7), 300);
  await pastTriggers(service, insertJobs(random));
  jobs = Map.groupBy(random, ({ project }) => project ?? "");
});

const sees = (patterns: readonly string[], name: string) =>
  patterns.some((pattern) =>
    pattern.endsWith("/*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );

describe.each(Object.entries(BOUND))("A token that is bound to %s", (bound, patterns) => {
  let viewer: TestService;
  let visible: string[];
  beforeAll(() => {
    viewer = withToken(service, tokens.get(bound));
    visible = NAMES.filter((name) => sees(patterns, name) && jobs.has(name)).toSorted(byName);
  });

  it("sees its projects only, in each order, with their jobs", async () => {
    for (const order of ["NAME_ASC", "LAST_JOB_AT_DESC", "TOTAL_MONTHLY_COST_DESC"]) {
      for (const filter of ['{ search: "" }', '{ prefix: "" }']) {
        const { data, errors } = await viewer.query(
          `{ projects(orderBy: ${order}, filter: ${filter}) { totalCount nodes { name jobCount totals { jobCount } } } }`,
        );
        expect(errors).toBeUndefined();
        expect(data.projects.totalCount).toBe(visible.length);
        const nodes: { name: string }[] = data.projects.nodes;
        expect(nodes.toSorted((a, b) => byName(a.name, b.name))).toMatchObject(
          visible.map((name) => {
            const of = jobs.get(name) ?? [];
            return { name, jobCount: of.length, totals: totalsOf(of).map(({ jobCount }) => ({ jobCount })) };
          }),
        );
      }
    }
  });

  it("finds its projects and jobs only by their ids, and by name", async () => {
    const names = NAMES.filter((name) => jobs.has(name));
    const ids = names.flatMap((name) => [`project:${name}`, jobs.get(name)?.[0]?.id ?? ""]);
    const { data } = await viewer.query("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
    expect(data.nodes).toEqual(
      names.flatMap((name, i) =>
        sees(patterns, name) ? [{ id: ids[2 * i] }, { id: ids[2 * i + 1] }] : [null, null],
      ),
    );
    for (const name of names) {
      const { data: found } = await viewer.query("query ($name: String!) { project(name: $name) { name } }", {
        name,
      });
      expect(found.project).toEqual(sees(patterns, name) ? { name } : null);
    }
  });
});
