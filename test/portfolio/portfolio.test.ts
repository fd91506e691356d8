import { beforeAll, describe, expect, it } from "vitest";
import { providerOfType } from "../../src/import/provider-of-type.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";
import { storeAt } from "../trends/store-at.ts";

const service = startService({ CACHE_MB: "0" });

const AMOUNT = "key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount";

/** Asks for a portfolio, and returns the answer. */
function ask(args: string, fields = `asOf totals { totalMonthlyCost } groups { ${AMOUNT} }`) {
  return service.query(`{ portfolio(${args}) { ${fields} } }`);
}

/** The key and the amount of each group. */
async function groups(args: string): Promise<[string | null, string][]> {
  const { data } = await ask(args);
  return data.portfolio.groups.map(
    ({ key, totalMonthlyCost }: { key: string | null; totalMonthlyCost: string }) => [key, totalMonthlyCost],
  );
}

describe("The moment of a portfolio", () => {
  const filter = 'filter: { project: "moment" }';
  beforeAll(async () => {
    await storeAt(service, [
      { at: "2026-05-01T08:00:00.000Z", project: "moment", total: "1" },
      { at: "2026-05-02T08:00:00.000Z", project: "moment", total: "2" },
    ]);
    await store(service, { project: "moment", estimate: estimate({ totalMonthlyCost: "3" }) });
  });

  it("is now if it is left out, also right after a store", async () => {
    const before = Date.now();
    const { data } = await ask(filter);
    expect(data.portfolio.groups).toMatchObject([{ key: "moment", totalMonthlyCost: "3" }]);
    // The clock of the database rounds.
    expect(Date.parse(data.portfolio.asOf)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(data.portfolio.asOf)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it("includes the jobs of that moment, and is answered", async () => {
    expect(await groups(`${filter}, asOf: "2026-05-02T07:59:59.999Z"`)).toEqual([["moment", "1"]]);
    expect(await groups(`${filter}, asOf: "2026-05-02T08:00:00Z"`)).toEqual([["moment", "2"]]);
    const { data } = await ask(`${filter}, asOf: "2026-05-02T10:00:00+02:00"`);
    expect(data.portfolio.asOf).toBe("2026-05-02T08:00:00.000Z");
  });

  it("may be before all jobs, which is no total and not zero", async () => {
    const { data } = await ask(`${filter}, asOf: "2020-01-01T00:00:00Z"`);
    expect(data.portfolio).toEqual({ asOf: "2020-01-01T00:00:00.000Z", totals: [], groups: [] });
  });

  it("is after the age at which a job leaves the portfolio", async () => {
    const at = (asOf: string) => groups(`${filter}, maxAgeDays: 1, asOf: "${asOf}"`);
    expect(await at("2026-05-03T07:59:59.999Z")).toEqual([["moment", "2"]]);
    expect(await at("2026-05-03T08:00:00Z")).toEqual([]);
  });

  it("is answered as it is known now: an exclusion changes the past", async () => {
    const [id] = await storeAt(service, [{ at: "2026-05-04T08:00:00Z", project: "moment", total: "9" }]);
    expect(await groups(`${filter}, asOf: "2026-05-05T00:00:00Z"`)).toEqual([["moment", "9"]]);
    await exclude(service, id ?? "");
    expect(await groups(`${filter}, asOf: "2026-05-05T00:00:00Z"`)).toEqual([["moment", "2"]]);
  });
});

describe("The groups of a portfolio", () => {
  const filter = 'filter: { project: "groups" }';
  beforeAll(async () => {
    const byResource = [
      resource({ resourceId: "a", totalMonthlyCost: "10.50", tags: { team: "shop" } }),
      resource({ resourceId: "b", totalMonthlyCost: "4", tags: { team: "" } }),
      resource({ resourceId: "c", totalMonthlyCost: "4", tags: { team: "Platform" } }),
      resource({ resourceId: "d", totalMonthlyCost: null, computeCost: null, tags: {} }),
      resource({ resourceId: "e", totalMonthlyCost: null, computeCost: null, tags: { team: "unknown" } }),
    ];
    await store(service, {
      project: "groups",
      estimate: estimate({ totalMonthlyCost: "20", unsupportedResourceCount: 3, byResource }),
    });
  });

  it("have the untagged resources, the empty value and the unknown costs apart", async () => {
    const { data } = await ask(
      `${filter}, groupBy: TAG, key: "team"`,
      `groups { ${AMOUNT} } totals { currency totalMonthlyCost unattributed resourceCount unpricedResourceCount unsupportedResourceCount jobCount }`,
    );
    const group = {
      isOther: false,
      currency: "USD",
      jobCount: 1,
      resourceCount: 1,
      unpricedResourceCount: 0,
    };
    expect(data.portfolio).toEqual({
      groups: [
        { ...group, key: "shop", totalMonthlyCost: "10.50" },
        { ...group, key: "", totalMonthlyCost: "4" },
        { ...group, key: "Platform", totalMonthlyCost: "4" },
        { ...group, key: "unknown", totalMonthlyCost: "0", unpricedResourceCount: 1 },
        { ...group, key: null, totalMonthlyCost: "0", unpricedResourceCount: 1 },
      ],
      totals: [
        {
          currency: "USD",
          totalMonthlyCost: "20",
          unattributed: "1.50",
          resourceCount: 5,
          unpricedResourceCount: 2,
          unsupportedResourceCount: 3,
          jobCount: 1,
        },
      ],
    });
  });

  it("beyond the first are one group, in which a job counts once", async () => {
    const { data } = await ask(`${filter}, groupBy: TAG, key: "team", first: 2`);
    expect(data.portfolio.groups.at(-1)).toEqual({
      key: null,
      isOther: true,
      currency: "USD",
      totalMonthlyCost: "4",
      resourceCount: 3,
      unpricedResourceCount: 2,
      jobCount: 1,
    });
  });

  it("have the providers of the FOCUS export", async () => {
    const types = [
      "aws_a",
      "AWS::EC2::A",
      "awscc_a",
      "google_a",
      "GOOGLE",
      "azapi.a",
      "azure_a",
      "aws",
      "aws a",
      "@aws-cdk/aws-s3",
      "ſaws_a",
      "Kaws",
      "",
      "x\naws_a",
      "aws\n",
    ];
    const stored = types.map((type, i) =>
      resource({ resourceId: `r${i}`, resourceType: type || "-", totalMonthlyCost: String(2 ** i) }),
    );
    await store(service, { project: "providers", estimate: estimate({ byResource: stored }) });
    const found = await groups('filter: { project: "providers" }, groupBy: PROVIDER');
    const byProvider = Map.groupBy(stored, ({ resourceType }) => providerOfType(resourceType));
    const expected = [...byProvider].map(([provider, of]) => [
      provider,
      of.reduce((sum, { totalMonthlyCost }) => sum + Number(totalMonthlyCost), 0),
    ]);
    expect(new Map(found.map(([key, amount]) => [key, Number(amount)]))).toEqual(new Map(expected as never));
  });

  it("are read in one statement, and the warnings in another", async () => {
    const run = (fields: string) => statementsOf(() => ask('groupBy: TAG, key: "team"', fields));
    expect(await run(`totals { currency } groups { ${AMOUNT} }`)).toEqual(["portfolio.groups"]);
    expect(await run("asOf warnings { code }")).toEqual(["portfolio.groups", "portfolio.warnings"]);
  });
});

describe("An invalid roll-up", () => {
  const id = () =>
    service.query("{ jobs(first: 1) { nodes { id } } }").then(({ data }) => data.jobs.nodes[0].id);
  it.each([
    ["groupBy: TAG", "key must be the key of a tag when groupBy is TAG"],
    ["groupBy: LABEL, key: null", "key must be the key of a label when groupBy is LABEL"],
    [
      'groupBy: PROJECT, key: "x"',
      "key must be left out when groupBy is PROJECT; only TAG and LABEL have a key",
    ],
    ['groupBy: TAG, key: "\\u0000"', "key must not contain a NUL character or a lone surrogate"],
    ["groupBy: TOTAL, first: 0", "first must be from 1 to 100"],
    ["groupBy: TOTAL, first: 101", "first must be from 1 to 100"],
  ])("is refused: %s", async (args, message) => {
    const query = `{ job(id: "${await id()}") { id groups(${args}) { key } } }`;
    for (const { errors } of [await ask(args), await service.query(query)]) {
      expect(errors?.[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
    }
  });

  it.each([
    ["maxAgeDays: 0", "maxAgeDays must be from 1 to 36500"],
    ["maxAgeDays: 36501", "maxAgeDays must be from 1 to 36500"],
    ['filter: { runId: "\\u0000" }', "filter.runId must not contain a NUL character or a lone surrogate"],
    [
      "groupBy: TAG, first: 0, maxAgeDays: 0",
      "key must be the key of a tag when groupBy is TAG; first must be from 1 to 100; maxAgeDays must be from 1 to 36500",
    ],
  ])("is refused with all problems: %s", async (args, message) => {
    const { errors } = await ask(args);
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  });

  it("is one with the default values for null", async () => {
    const { data, errors } = await ask(
      "groupBy: null, first: null, maxAgeDays: null, asOf: null, filter: null, key: null",
    );
    expect(errors).toBeUndefined();
    expect(data.portfolio.groups.map(({ key }: { key: string }) => key)).toContain("moment");
  });
});

describe("A filter of resources by tags", () => {
  let job: string;
  beforeAll(async () => {
    const tagged = (resourceId: string, tags: Record<string, unknown>) => resource({ resourceId, tags });
    const byResource = [
      tagged("text", { n: "1", team: "shop" }),
      tagged("number", { n: 1 }),
      tagged("null", { n: null, team: "Shop" }),
      tagged("object", { n: { b: 1, a: [2] } }),
      tagged("none", {}),
    ];
    job = await store(service, { estimate: estimate({ byResource }) });
  });

  it.each([
    ['[{ key: "n" }]', ["null", "number", "object", "text"]],
    ['[{ key: "n", value: "1" }]', ["number", "text"]],
    ['[{ key: "n", value: "null" }]', ["null"]],
    [String.raw`[{ key: "n", value: "{\"a\":[2],\"b\":1}" }]`, ["object"]],
    ['[{ key: "n", value: "1" }, { key: "team", value: "shop" }]', ["text"]],
    ['[{ key: "team", value: "SHOP" }]', []],
    ["[]", ["none", "null", "number", "object", "text"]],
  ])("%s has the resources with all of them, as texts and as rows", async (tags, ids) => {
    for (const beside of ["", "__schema { __typename }"]) {
      const { answer, statements } = await observed(() =>
        service.query(
          `{ job(id: "${job}") { resources(filter: { tags: ${tags} }) { totalCount nodes { resourceId } } } ${beside} }`,
        ),
      );
      const { totalCount, nodes } = answer.data.job.resources;
      expect(nodes.map(({ resourceId }: { resourceId: string }) => resourceId).toSorted()).toEqual(ids);
      expect(totalCount).toBe(ids.length);
      expect(statements).toHaveLength(beside === "" ? 1 : 2);
    }
  });

  it.each([
    [Array.from({ length: 51 }, () => ({ key: "n" })), "filter.tags must hold at most 50 tags"],
    [
      [{ key: "n" }, { key: "\0" }],
      "filter.tags[1].key must not contain a NUL character or a lone surrogate",
    ],
  ])("is refused: %#", async (tags, message) => {
    const { errors } = await service.query(
      "query ($id: ID!, $tags: [KeyValueInput!]) { job(id: $id) { resources(filter: { tags: $tags }) { totalCount } } }",
      { id: job, tags },
    );
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  });
});
