import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { at, COMPARE, comparisonsOf, SUMMARY } from "./comparisons.ts";

const service = startService();
const { storeAll, compareStored, compare } = comparisonsOf(service);

type Listed = { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

describe("The changed resources", () => {
  const base = [at("a.a", "10"), at("a.b", "10"), at("a.c", "10"), at("a.d", null), at("a.e", "1")];
  const target = [at("a.a", "11"), at("a.b", "5"), at("a.c", "10"), at("a.d", "3"), at("a.f", "8")];

  it("come largest absolute delta first, unknown last", async () => {
    const { resources: listed } = await compare(base, target);
    expect(listed.nodes.map((node: { resourceId: string }) => node.resourceId)).toEqual([
      "a.f",
      "a.b",
      "a.a",
      "a.e",
      "a.c",
      "a.d",
    ]);
  });

  it("are on pages that show each of them once, also of some kinds only", async () => {
    const ids = { base: await storeAll(base), target: await storeAll(target) };
    for (const changes of [undefined, ["CHANGED", "REMOVED"]]) {
      const whole = (await compareStored({ ...ids, changes })).resources;
      expect(whole.totalCount).toBe(changes ? 3 : 6);
      const read = [];
      let after: string | null = null;
      for (;;) {
        const { nodes, pageInfo }: Listed = (await compareStored({ ...ids, changes, first: 2, after }))
          .resources;
        read.push(...nodes);
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      expect(read).toEqual(whole.nodes);
    }
  });

  it("of no kind are none", async () => {
    expect((await compare(base, target, { changes: [] })).resources).toMatchObject({
      nodes: [],
      totalCount: 0,
    });
  });

  it.each([[{ first: 1001 }], [{ first: 0 }], [{ after: "x" }]])("refuse %j", async (variables) => {
    const id = await storeAll(base);
    const { errors } = await service.query(COMPARE, { base: id, target: id, ...variables });
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("A comparison with everything", () => {
  it.each([3, 300])("of %i resources runs five SQL statements", async (count) => {
    const many = (offset: number) =>
      Array.from({ length: count }, (_, i) => at(`a.b[${i}]`, `${i + offset}`));
    const ids = { base: await storeAll(many(0)), target: await storeAll(many(1)) };
    const query = `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
      ${SUMMARY} warnings { code } services { key } regions { key }
      resources { totalCount nodes { base { id } target { id } } }
    } }`;
    const statements = await statementsOf(() => service.query(query, ids));
    expect(statements.toSorted()).toEqual([
      "comparison.changes",
      "jobs.byId",
      "jobs.regions",
      "jobs.resourcesByKey",
      "jobs.services",
    ]);
  });
});
