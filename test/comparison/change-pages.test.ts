import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";
import { anyResources, at, COMPARE, comparisonsOf, SUMMARY } from "./comparisons.ts";

const service = startService();
const { storeAll, compareStored, compare } = comparisonsOf(service);

interface Listed {
  readonly totalCount: number;
  readonly nodes: unknown[];
  readonly pageInfo: {
    readonly hasPreviousPage: boolean;
    readonly hasNextPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

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

  const LISTS = [
    ["all", undefined, 6],
    ["of some kinds", ["CHANGED", "REMOVED"], 3],
  ] as const;

  it.each(LISTS)("(%s) are on pages that show each of them once", async (_, changes, count) => {
    const ids = { base: await storeAll(base), target: await storeAll(target), changes };
    const whole: Listed = (await compareStored(ids)).resources;
    expect(whole.totalCount).toBe(count);
    const read = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo }: Listed = (await compareStored({ ...ids, first: 2, after })).resources;
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      read.push(...nodes);
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(read).toEqual(whole.nodes);
  });

  it.each(LISTS)("(%s) are on the same pages from the end", async (_, changes) => {
    const ids = { base: await storeAll(base), target: await storeAll(target), changes };
    const whole: Listed = (await compareStored(ids)).resources;
    const read = [];
    for (let before: string | null = null; ; ) {
      const { nodes, pageInfo }: Listed = (await compareStored({ ...ids, last: 2, before })).resources;
      expect(pageInfo.hasNextPage).toBe(before !== null);
      read.unshift(...nodes);
      before = pageInfo.startCursor;
      if (!pageInfo.hasPreviousPage) break;
    }
    expect(read).toEqual(whole.nodes);
  });

  it("are cut off the whole list wherever two cursors and a size say", async () => {
    const place = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
    const kinds = fc.option(fc.subarray(["ADDED", "REMOVED", "MOVED", "CHANGED", "UNCHANGED"]));
    const size = fc.record({ size: fc.integer({ min: 1, max: 8 }), backward: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        anyResources,
        anyResources,
        kinds,
        place,
        place,
        size,
        async (from, to, changes, after, before, { size, backward }) => {
          const ids = { base: await storeAll(from), target: await storeAll(to), changes };
          const whole: Listed = (await compareStored({ ...ids, first: 100 })).resources;
          const { length } = whole.nodes;
          const indexOf = (part: number | null) =>
            part === null || length === 0 ? undefined : Math.min(length - 1, Math.floor(part * length));
          const [start, end] = [indexOf(after), indexOf(before)];
          const cursorAt = async (index: number | undefined) =>
            index === undefined
              ? undefined
              : (await compareStored({ ...ids, first: index + 1 })).resources.pageInfo.endCursor;
          const between = whole.nodes.slice((start ?? -1) + 1, end);
          const listed: Listed = (
            await compareStored({
              ...ids,
              ...(backward ? { last: size } : { first: size }),
              after: await cursorAt(start),
              before: await cursorAt(end),
            })
          ).resources;
          expect(listed.nodes).toEqual(backward ? between.slice(-size) : between.slice(0, size));
          expect(listed.pageInfo).toMatchObject(
            backward
              ? { hasPreviousPage: between.length > size, hasNextPage: end !== undefined }
              : { hasNextPage: between.length > size, hasPreviousPage: start !== undefined },
          );
          expect(listed.totalCount).toBe(length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("between two cursors are those between them", async () => {
    const ids = { base: await storeAll(base), target: await storeAll(target) };
    const { pageInfo: first }: Listed = (await compareStored({ ...ids, first: 2 })).resources;
    const { pageInfo: last }: Listed = (await compareStored({ ...ids, last: 2 })).resources;
    const between = { ...ids, after: first.endCursor, before: last.startCursor };
    const listed: Listed = (await compareStored(between)).resources;
    expect(listed.nodes).toMatchObject([{ resourceId: "a.a" }, { resourceId: "a.e" }]);
    expect((await compareStored({ ...between, last: 1 })).resources.nodes).toEqual(listed.nodes.slice(1));
    const none = { ...ids, after: last.startCursor, before: first.endCursor };
    expect((await compareStored(none)).resources.nodes).toEqual([]);
    expect((await compareStored({ ...none, last: 2 })).resources.nodes).toEqual([]);
  });

  it("of one address and one delta come in the order of the target's costs", async () => {
    const twice = (first: string, second: string) => [at("a.a", first), at("a.a", second)];
    const { resources: listed } = await compare(twice("1", "5"), twice("2", "6"));
    expect(listed.nodes.map((node: { target: object }) => node.target)).toMatchObject([
      { totalMonthlyCost: "6" },
      { totalMonthlyCost: "2" },
    ]);
  });

  it("take a cursor of the same kinds in another order", async () => {
    const ids = { base: await storeAll(base), target: await storeAll(target) };
    const kinds = ["CHANGED", "REMOVED"];
    const { pageInfo }: Listed = (await compareStored({ ...ids, changes: kinds, first: 2 })).resources;
    const rest = { ...ids, changes: kinds.toReversed(), after: pageInfo.endCursor };
    expect((await compareStored(rest)).resources.nodes).toMatchObject([{ resourceId: "a.e" }]);
  });

  type Ids = { base: string; target: string };
  it.each<[string, (ids: Ids) => object]>([
    ["other kinds", () => ({ changes: ["ADDED"] })],
    ["no kinds", () => ({ changes: [] })],
    ["other jobs", ({ base, target }) => ({ base: target, target: base })],
    ["the same jobs without moves", () => ({ detectMoves: false })],
  ])("take no cursor to a list of %s, in which a place is another change", async (_, other) => {
    const ids = { base: await storeAll(base), target: await storeAll(target) };
    const { pageInfo }: Listed = (await compareStored({ ...ids, first: 1 })).resources;
    const { errors } = await service.query(COMPARE, {
      ...ids,
      ...other(ids),
      after: pageInfo.endCursor,
    });
    expect(errors?.[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
    expect(errors?.[0]?.message).toContain("after must be a cursor of this list");
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
  it.each([3, 300])("of %i resources runs six SQL statements", async (count) => {
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
      "jobs.exclusions",
      "jobs.regions",
      "jobs.resourcesByKey",
      "jobs.services",
    ]);
  });
});

describe("Comparisons of totals alone", () => {
  it.each([2, 40])(
    "of %i pairs in one query run one SQL statement, which reads no resources",
    async (count) => {
      const stored = await Promise.all(
        Array.from({ length: count + 1 }, (_, i) => storeAll([at("a.b", `${100 + i}`)])),
      );
      const pairs = Array.from(
        { length: count },
        (_, i) =>
          `c${i}: compareJobs(baseJobId: "${stored[i]}", targetJobId: "${stored[i + 1]}") { delta percentageChange }`,
      );
      const { answer, statements } = await observed(() => service.query(`{ ${pairs.join(" ")} }`));
      expect(statements).toEqual(["jobs.byId"]);
      expect(answer.errors).toBeUndefined();
      expect(Object.values(answer.data)).toEqual(
        pairs.map((_, i) => ({ delta: "1", percentageChange: 100 / (100 + i) })),
      );
    },
  );
});
