import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { gql, InMemoryCache, type NormalizedCacheObject } from "@apollo/client/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { estimate, resource, store, tryToStore } from "../support/estimates.ts";
import { removeScratchFolders, scratchFolder } from "../support/scratch-folder.ts";
import { startService } from "../support/service.ts";

/** The number of random estimates. */
const ESTIMATES = Number(process.env.RANDOM_ESTIMATES ?? 30);

const service = startService();
afterAll(removeScratchFolders);

let id: string;
beforeAll(async () => {
  const byResource = ["EC2", "S3"].map((name) => resource({ resourceId: name, service: name }));
  id = await store(service, {
    project: "shop",
    branch: "main",
    estimate: estimate({ totalMonthlyCost: "20.00", byResource }),
  });
});

/** Writes the responses to queries into a cache of Apollo Client, as its client does, and returns the records. */
async function recordsOf(...queries: readonly string[]): Promise<[InMemoryCache, NormalizedCacheObject]> {
  const cache = new InMemoryCache({ possibleTypes: { Node: ["Job", "CostResult", "Project"] } });
  for (const query of queries) {
    const document = cache.transformDocument(gql(query));
    const { data, errors } = await service.query(document.loc?.source.body ?? "", {});
    expect(errors).toBeUndefined();
    cache.writeQuery({ query: document, data });
  }
  return [cache, cache.extract()];
}

describe("The cache of Apollo Client", () => {
  it("has one record of a project, of which each query has read other fields", async () => {
    const [cache, records] = await recordsOf(
      '{ project(name: "shop") { __typename id name jobCount } }',
      "{ projects { __typename nodes { __typename id name totals { __typename currency totalMonthlyCost } } } }",
      '{ node(id: "project:shop") { __typename id ... on Project { lastJobAt } } }',
    );
    const projects = Object.keys(records).filter((key) => key.startsWith("Project:"));
    expect(projects).toEqual(["Project:project:shop"]);
    const fields = gql(
      '{ project(name: "shop") { __typename id name jobCount lastJobAt totals { totalMonthlyCost } } }',
    );
    expect(cache.readQuery({ query: fields })).toMatchObject({
      project: { jobCount: 1, lastJobAt: expect.any(String), totals: [{ totalMonthlyCost: "20.00" }] },
    });
  });

  it("has one record of a service and of a region, whether PostgreSQL or the server writes them", async () => {
    const [cache, records] = await recordsOf(
      `{ job(id: "${id}") { __typename id services { __typename id service } regions { __typename id region } } }`,
      `{ project(name: "shop") { __typename id latestJob { __typename id
        services { __typename id totalMonthlyCost } regions { __typename id resourceCount } } } }`,
    );
    expect(Object.keys(records).filter((key) => /Cost:/.test(key))).toEqual([
      `ServiceCost:${id}:service:EC2`,
      `ServiceCost:${id}:service:S3`,
      `RegionCost:${id}:region:eu-west-1`,
    ]);
    const fields = gql(
      `{ job(id: "${id}") { services { service totalMonthlyCost } regions { region resourceCount } } }`,
    );
    expect(cache.readQuery({ query: fields })).toMatchObject({
      job: {
        services: [
          { service: "EC2", totalMonthlyCost: "10.00" },
          { service: "S3", totalMonthlyCost: "10.00" },
        ],
        regions: [{ region: "eu-west-1", resourceCount: 2 }],
      },
    });
  });
});

/** An object of a response with an id. */
interface Identified {
  readonly __typename: string;
  readonly id: string;
}

/** All objects with an id in a response. */
function identified(value: unknown): Identified[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.values(value).flatMap(identified);
  return "id" in value ? [value as Identified, ...below] : below;
}

describe("Ids", () => {
  /** Texts that look like the ids of other objects. */
  const text = () =>
    fc.oneof(
      fc.constantFrom(
        "0",
        "1",
        "service",
        "region",
        ":",
        "service:EC2",
        "region:1",
        "project:a",
        `${id}`,
        `${id}:0`,
      ),
      fc.constantFrom(
        `${id}:service:EC2`,
        `${id}:region:eu-west-1`,
        "a:service:b",
        "a:region:b",
        "EC2",
        "eu-west-1",
      ),
      fc.string({ minLength: 1, maxLength: 10 }).map((value) => `x${value}`),
    );

  it(`are unique over all types, in ${ESTIMATES} random estimates`, async () => {
    const input = fc.record({
      project: fc.option(text()),
      resources: fc.array(fc.record({ service: text(), region: text() }), { minLength: 1, maxLength: 6 }),
    });
    for (const { project, resources } of fc.sample(input, ESTIMATES)) {
      const byResource = resources.map((fields, i) => resource({ resourceId: `r${i}`, ...fields }));
      const totalMonthlyCost = `${byResource.length}0.00`;
      const { errors } = await tryToStore(service, {
        project,
        estimate: estimate({ totalMonthlyCost, byResource }),
      });
      expect(errors).toBeUndefined();
    }
    const parts = `__typename id
      services { __typename id service } regions { __typename id region } resources { nodes { __typename id resourceId } }`;
    const jobs = await service.query(`{ jobs(first: 50) { nodes { ${parts} project } } }`);
    const projects = await service.query(
      `{ projects(first: 50) { nodes { __typename id name branches(first: 1) { nodes { latestJob { ${parts} project } } } } } }`,
    );
    const objects = identified([jobs.data, projects.data]);
    expect(objects.length).toBeGreaterThan(ESTIMATES * 6);
    const byId = Map.groupBy(objects, (object) => object.id);
    for (const [first, ...others] of byId.values()) {
      for (const other of others) expect(other).toEqual(first);
    }
    // Each object of a job is there, and not in the place of another one.
    for (const job of jobs.data.jobs.nodes) {
      const all = identified(job);
      expect(new Set(all.map((object) => object.id)).size).toBe(all.length);
    }
  });
});

describe("relay-compiler", () => {
  const SOURCE = `
graphql\`query appQuery { ...app_projects }\`;
graphql\`
  fragment app_projects on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "appProjectsQuery") {
    projects(first: $count, after: $cursor) @connection(key: "app_projects") { edges { node { id ...app_project } } }
  }
\`;
graphql\`
  fragment app_project on Project
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "appProjectQuery") {
    name
    branches(first: $count, after: $cursor) @connection(key: "app_branches") {
      edges { node { name latestJob { id services { id service } } } }
    }
  }
\`;
graphql\`
  fragment app_job on Job
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "appJobQuery") {
    resources(first: $count, after: $cursor) @connection(key: "app_resources") { edges { node { ...app_resource } } }
  }
\`;
graphql\`fragment app_resource on CostResult @refetchable(queryName: "appResourceQuery") { resourceId }\`;`;

  it("compiles nested connections and fragments that node fetches again, and the service answers them", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "src"));
    await copyFile("schema.graphql", join(folder, "schema.graphql"));
    await writeFile(join(folder, "src/app.js"), SOURCE);
    const config = { src: "./src", schema: "./schema.graphql", language: "javascript" };
    await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
    const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
    await promisify(execFile)(process.execPath, [compiler], { cwd: folder });
    const answer = async (name: string, variables: object) => {
      const compiled = await readFile(join(folder, `src/__generated__/${name}.graphql.js`), "utf8");
      const query: string = JSON.parse(/"text": (".*")/.exec(compiled)?.[1] ?? "");
      const { data, errors } = await service.query(query, variables);
      expect(errors).toBeUndefined();
      return data;
    };
    const { projects } = await answer("appProjectsQuery", { count: 100 });
    const { node } = projects.edges.find((edge: { node: { name: string } }) => edge.node.name === "shop");
    expect(node).toMatchObject({
      __typename: "Project",
      branches: { edges: [{ node: { __typename: "Branch", name: "main", latestJob: { id } } }] },
    });
    expect((await answer("appProjectQuery", { id: node.id, count: 1 })).node).toMatchObject({
      __typename: "Project",
      id: node.id,
      branches: node.branches,
    });
    const job = (await answer("appJobQuery", { id, count: 1 })).node;
    expect(job).toMatchObject({ __typename: "Job", id });
    const [first] = job.resources.edges;
    expect((await answer("appResourceQuery", { id: first.node.id })).node).toMatchObject({
      __typename: "CostResult",
      id: first.node.id,
      resourceId: "EC2",
    });
  });
});
