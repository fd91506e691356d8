import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** Addresses and other ids with their modules. */
const MODULES: readonly (readonly [string, string | null])[] = [
  ["aws_instance.web", null],
  ["aws_instance.web[0]", null],
  ['aws_instance.web["module.a.b.c"]', null],
  ["data.aws_ami.linux", null],
  ["module.a.aws_instance.web", "module.a"],
  ["module.a.data.aws_ami.linux", "module.a"],
  ["module.a[0].aws_instance.web[1]", "module.a"],
  ['module.a["eu.west"].module.b-c[0].aws_db_instance.main[0]', "module.a.module.b-c"],
  ['module.a["x]\\"y.["].module.b["module.z"].aws_instance.web["a]\\\\"]', "module.a.module.b"],
  ['module.a["line\nbreak"].aws_instance.web', "module.a"],
  ['module.ä["ü"].aws_instance.web', "module.ä"],
  ["module.module.aws_instance.module", "module.module"],
  ["module.data.aws_instance.web", "module.data"],
  // The project of a file with several projects.
  ["acme/shop:aws_instance.web", null],
  ["acme/shop:module.a.aws_instance.web", "module.a"],
  ["acme/shop.v2 (2)#live:module.a[0].aws_instance.web", "module.a"],
  ['a["b:module.x.y.z:module.a.aws_instance.web', "module.a"],
  ["infra/module.x.y:aws_instance.web", null],
  ["infra/module.x.y.z:aws_instance.web", null],
  ['acme:module.a["k:module.b.c.d"].aws_instance.web["k:module.e.f.g"]', "module.a"],
  // Other ids.
  ["module.a", null],
  ["module.a.module.b", null],
  ["module.a.aws_instance", null],
  ["module.a.aws_instance.web.more", null],
  ["module.a.aws_instance.web[", null],
  ['module.a["b].aws_instance.web', null],
  ["module..aws_instance.web", null],
  ["submodule.a.aws_instance.web", null],
  ["arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc", null],
  ["MyStack/module.a/Resource", null],
  ["urn:pulumi:live::shop::aws:ec2/instance:Instance::web", null],
];

let id: string;

beforeAll(async () => {
  const byResource = MODULES.map(([resourceId]) => resource({ resourceId }));
  id = await store(service, { project: "modules", estimate: estimate({ byResource }) });
});

/** The resources of the job, as texts of PostgreSQL or as rows. */
async function resources(
  args: string,
  isText: boolean,
  jobId = id,
): Promise<{ resourceId: string; module: string | null }[]> {
  const { data } = await service.query(
    `{ job(id: "${jobId}") { resources(first: 1000${args}) { nodes { resourceId module } } } ${isText ? "" : "__schema { __typename }"} }`,
  );
  return data.job.resources.nodes;
}

test.each([
  ["PostgreSQL", true],
  ["the server", false],
])("the module of an address is without indexes, written by %s", async (_name, isText) => {
  const found = await resources("", isText);
  expect(new Map(found.map(({ resourceId, module }) => [resourceId, module]))).toEqual(new Map(MODULES));
});

const name = fc
  .stringMatching(/^[a-z_ä][a-z0-9_ä-]{0,6}$/)
  .filter((text) => text !== "data" && text !== "module");
const text = fc.string({ maxLength: 12, unit: fc.constantFrom(...'ab.[]"\\:module.x ', "module.", "ä") });
const index = fc.oneof(
  fc.constant(""),
  fc.nat(99).map((number) => `[${number}]`),
  text.map((key) => `["${key.replaceAll(/["\\]/g, "\\$&")}"]`),
);
const modules = fc.array(fc.tuple(name, index), { maxLength: 3 });
const project = fc.option(fc.string({ maxLength: 8, unit: fc.constantFrom(...'ab./[]"#( ', "module.") }), {
  nil: undefined,
});

test("the module of a random address has its names", async () => {
  const resources_ = fc.tuple(project, modules, fc.boolean(), name, index);
  const sample = fc
    .sample(resources_, { numRuns: 1_000, seed: 17 })
    .map(([prefix, path, isData, type, last]) => {
      const calls = path.map(([called, key]) => `module.${called}${key}.`).join("");
      return {
        resourceId: `${prefix === undefined ? "" : `${prefix}:`}${calls}${isData ? "data." : ""}${type}.this${last}`,
        module: path.length === 0 ? null : path.map(([called]) => `module.${called}`).join("."),
      };
    });
  const byResource = sample.map(({ resourceId }) => resource({ resourceId }));
  const random = await store(service, { estimate: estimate({ byResource }) });
  const found = new Map((await resources("", true, random)).map((one) => [one.resourceId, one.module]));
  expect(found.size).toBeGreaterThan(800);
  for (const one of sample)
    expect([one.resourceId, found.get(one.resourceId)]).toEqual([one.resourceId, one.module]);
});

test.each([
  ["PostgreSQL", true],
  ["the server", false],
])("a filter has the resources of exactly one module, by %s", async (_name, isText) => {
  const found = await resources(', filter: { module: "module.a.module.b" }', isText);
  expect(found.map(({ resourceId }) => resourceId)).toEqual(
    MODULES.flatMap(([address, module]) => (module === "module.a.module.b" ? [address] : [])),
  );
  expect(await resources(', filter: { module: "" }', isText)).toEqual([]);
});
