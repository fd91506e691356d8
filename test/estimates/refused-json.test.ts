import { describe, expect, it, test } from "vitest";
import { expectRefusal, WAYS, withValue } from "../support/bad-input.ts";
import { startService } from "../support/service.ts";
import { NOTHING, rowCounts } from "../support/tables.ts";

const service = startService();

const STORABLE = "must not contain a NUL character or a lone surrogate";
const DEPTH = "must not be nested deeper than 32 levels";
const FIELDS = [
  "input.labels",
  "input.estimate.byResource[0].costDrivers",
  "input.estimate.byResource[0].assumptions",
  "input.estimate.byResource[0].tags",
];

/** An object around so many lists that there are `levels` levels. */
function nested(levels: number): object {
  let value: unknown[] = [];
  for (let level = 2; level < levels; level++) value = [value];
  return { a: value };
}

describe.each(WAYS)("JSON is refused %s", (_way, send) => {
  describe.each(FIELDS)("in %s", (path) => {
    it("when it is nested 33 levels deep", async () => {
      const deep = `${path}.a${"[0]".repeat(31)}`;
      await expectRefusal(service, await send(service, withValue(path, nested(33))), deep, DEPTH);
    });

    it("when a text in it holds a NUL character", async () => {
      const value = { a: [1, { b: "x\0" }] };
      await expectRefusal(service, await send(service, withValue(path, value)), `${path}.a[1].b`, STORABLE);
    });

    it.each(["1e401", "1e-401", "9".repeat(500), `0.${"1".repeat(20_000)}`])(
      "when a number in it has more digits than a number has: %.10s",
      async (digits) => {
        const input = withValue(path, { a: JSON.rawJSON(digits) });
        await expectRefusal(service, await send(service, input), `${path}.a`, "must have at most 400 digits");
      },
    );
  });
});

describe("JSON is refused in a variable", () => {
  const [[, send]] = WAYS as [(typeof WAYS)[number]];

  describe.each(FIELDS)("in %s", (path) => {
    it("when a text in it holds a lone surrogate", async () => {
      const input = withValue(path, { a: ["\udc00"] });
      await expectRefusal(service, await send(service, input), `${path}.a[0]`, STORABLE);
    });

    it.each(["\0", "\ud800"])("when a key in it cannot be stored: %j", async (key) => {
      const input = withValue(path, { a: { [key]: 1 } });
      await expectRefusal(service, await send(service, input), `${path}.a`, `${STORABLE} in a key`);
    });
  });
});

describe("An absurdly deep", () => {
  const STORE = "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { created } }";

  test.each([2_000, 5_000, 100_000])("body of %i levels is refused", async (levels) => {
    const deep = "[".repeat(levels) + "]".repeat(levels);
    const { status, errors } = await service.post(
      `{"query":${JSON.stringify(STORE)},"variables":{"in":{"estimate":{"totalMonthlyCost":"1","byResource":[]},"labels":{"a":${deep}}}}}`,
    );
    expect(status).toBeLessThan(500);
    expect(errors).toMatchObject([
      { message: expect.stringContaining("must not be nested"), extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect(await rowCounts(service)).toEqual(NOTHING);
  });

  test.each([2_000, 5_000, 100_000])("query of %i levels is refused", async (levels) => {
    const deep = "[".repeat(levels) + "]".repeat(levels);
    const { status, errors } = await service.query(
      `mutation { storeEstimate(input: { estimate: { totalMonthlyCost: 1, byResource: [] }, labels: { a: ${deep} } }) { created } }`,
    );
    expect(status).toBeLessThan(500);
    expect(errors?.[0]?.message).toMatch(/nested|more tokens/);
    expect(errors?.[0]?.extensions.code).toMatch(/^(BAD_USER_INPUT|QUERY_TOO_COMPLEX)$/);
    expect(await rowCounts(service)).toEqual(NOTHING);
  });
});
