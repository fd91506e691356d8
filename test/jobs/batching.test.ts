import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService();

beforeAll(async () => {
  for (let i = 0; i < 50; i++) {
    const byResource = [
      resource({ resourceId: `a.${i}` }),
      resource({ resourceId: `b.${i}`, service: "S3" }),
    ];
    await store(service, {
      project: `p${i % 3}`,
      estimate: estimate({ totalMonthlyCost: "20.00", byResource }),
    });
  }
});

/** The statements of a query that PostgreSQL writes, and of the same query beside a field that it cannot write. */
async function statementsOfBoth(jobs: number, fields: string): Promise<Record<string, string[]>> {
  const written = `jobs(first: ${jobs}) { nodes { id ${fields} } }`;
  return {
    texts: await statementsOf(() => service.query(`{ ${written} }`)),
    rows: await statementsOf(() => service.query(`{ ${written} __schema { __typename } }`)),
  };
}

describe.each([
  ["services", "services { service totalMonthlyCost }", ["jobs.services"]],
  ["regions", "regions { region services { service } }", ["jobs.regions"]],
  ["resources", "resources(first: 10) { nodes { resourceId } pageInfo { hasNextPage } }", ["jobs.resources"]],
  ["resources' totalCount", "resources(first: 1) { totalCount }", ["jobs.resources"]],
  [
    "two pages of resources",
    'all: resources { nodes { id } } some: resources(filter: { service: "S3" }) { nodes { id } }',
    ["jobs.resources", "jobs.resources"],
  ],
  [
    "filtered resources with totalCount",
    'resources(first: 10, filter: { service: "S3" }) { totalCount nodes { resourceId } }',
    ["jobs.resources"],
  ],
  [
    "all parts",
    "services { service } regions { region } resources { nodes { id } }",
    ["jobs.services", "jobs.regions", "jobs.resources"],
  ],
])("A dashboard with %s", (_name, fields, parts) => {
  it.each([5, 50])(
    "of %i jobs runs one SQL statement as texts, and one for each part as rows",
    async (jobs) => {
      expect(await statementsOfBoth(jobs, fields)).toEqual({
        texts: ["jobs.list"],
        rows: ["jobs.list", ...parts],
      });
    },
  );
});

describe.each([
  ["previous", "previous { id totalMonthlyCost }", ["jobs.list", "jobs.previous"]],
  [
    "previous' parts",
    "previous { services { service } regions { region } resources { nodes { id } } }",
    ["jobs.list", "jobs.previous", "jobs.services", "jobs.regions", "jobs.resources"],
  ],
  [
    "resources' job",
    "resources(first: 3) { nodes { job { id } } }",
    ["jobs.list", "jobs.resources", "jobs.byId"],
  ],
])("A dashboard with %s, which are read as rows", (_name, fields, statements) => {
  it.each([5, 50])("of %i jobs runs the same SQL statements", async (jobs) => {
    const { texts, rows } = await statementsOfBoth(jobs, fields);
    expect(texts).toEqual(statements);
    expect(rows).toEqual(statements);
  });
});

describe("Jobs", () => {
  it("are counted only when a count is requested", async () => {
    const query = (fields: string) => () => service.query(`{ jobs(first: 5) { ${fields} } }`);
    expect(await statementsOf(query("nodes { id }"))).toEqual(["jobs.list"]);
    expect((await statementsOf(query("nodes { id } totalCount"))).toSorted()).toEqual([
      "jobs.count",
      "jobs.list",
    ]);
  });

  it("with one selection are read by id in one SQL statement", async () => {
    const { data } = await service.query("{ jobs(first: 50) { nodes { id } } }");
    const fields = data.jobs.nodes.map(
      ({ id }: { id: string }, i: number) => `j${i}: job(id: "${id}") { id services { service } }`,
    );
    expect(await statementsOf(() => service.query(`{ ${fields.slice(0, 40).join(" ")} }`))).toEqual([
      "jobs.byId",
    ]);
  });
});
