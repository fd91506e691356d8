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

const dashboard = (jobs: number, fields: string) => () =>
  service.query(`{ jobs(first: ${jobs}) { nodes { id ${fields} } } }`);

describe.each([
  ["services", "services { service totalMonthlyCost }", ["jobs.list"]],
  ["regions", "regions { region services { service } }", ["jobs.list"]],
  ["resources", "resources(first: 10) { nodes { resourceId } pageInfo { hasNextPage } }", ["jobs.list"]],
  ["resources' totalCount", "resources(first: 1) { totalCount }", ["jobs.list"]],
  [
    "two pages of resources",
    'all: resources { nodes { id } } some: resources(filter: { service: "S3" }) { nodes { id } }',
    ["jobs.list"],
  ],
  [
    "filtered resources with totalCount",
    'resources(first: 10, filter: { service: "S3" }) { totalCount nodes { resourceId } }',
    ["jobs.list", "jobs.resourceCounts"],
  ],
  ["previous", "previous { id totalMonthlyCost }", ["jobs.list", "jobs.previous"]],
  [
    "previous' services",
    "previous { services { service } }",
    ["jobs.list", "jobs.previous", "jobs.services"],
  ],
  [
    "previous' parts",
    "previous { services { service } regions { region } resources { nodes { id } } }",
    ["jobs.list", "jobs.previous", "jobs.services", "jobs.regions", "jobs.resources"],
  ],
  ["resources' job", "resources(first: 3) { nodes { job { id } } }", ["jobs.list", "jobs.byId"]],
])("A dashboard with %s", (_name, fields, statements) => {
  it.each([5, 50])("of %i jobs runs the same SQL statements", async (jobs) => {
    expect(await statementsOf(dashboard(jobs, fields))).toEqual(statements);
  });
});

describe("A dashboard with everything", () => {
  it.each([5, 50])("of %i jobs runs three SQL statements", async (jobs) => {
    const fields =
      "services { service } regions { region } resources(first: 10) { nodes { id } } previous { id }";
    const statements = await statementsOf(() =>
      service.query(`{ jobs(first: ${jobs}) { totalCount nodes { id ${fields} } } }`),
    );
    expect(statements.toSorted()).toEqual(["jobs.count", "jobs.list", "jobs.previous"]);
  });

  it("counts only when asked for a count", async () => {
    expect(await statementsOf(dashboard(5, ""))).toEqual(["jobs.list"]);
  });
});
