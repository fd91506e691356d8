import { describe, expect, it } from "vitest";
import { expectRefusal, GOOD_INPUT, WAYS, withValue } from "../support/bad-input.ts";
import { resource, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { NOTHING, rowCounts } from "../support/tables.ts";

const service = startService();

const ESTIMATE = "input.estimate";
const DECIMAL = "must be a decimal with at most 20 integer and 30 fraction digits";
const CURRENCY = "must be an ISO 4217 currency code in capitals";
const COUNT = "must be from 0 to 10000000";
const DATE = "must be an RFC 3339 date and time with a zone";
const EC2 = { service: "EC2", totalMonthlyCost: "5.00", resourceCount: 1 };
const IRELAND = { region: "eu-west-1", totalMonthlyCost: "5.00", resourceCount: 1 };

/** Paths, values that are refused there, and what the refusal says is allowed. */
const REFUSALS: [path: string, values: unknown[], rule: string][] = [
  [
    `${ESTIMATE}.totalMonthlyCost`,
    ["1e400", "NaN", "Infinity", "-Infinity", "1,5", "", " 1", "1 ", "0x10", "1_000", "+1", "12\u0000"],
    DECIMAL,
  ],
  [`${ESTIMATE}.totalMonthlyCost`, [true, {}, [], ["1"], { rawJSON: "1" }], DECIMAL],
  [
    `${ESTIMATE}.totalMonthlyCost`,
    ["123456789012345678901", `0.${"1".repeat(31)}`, "1e20", "1e-31"],
    DECIMAL,
  ],
  [
    `${ESTIMATE}.totalMonthlyCost`,
    ["1e400", "1e20", "123456789012345678901", "1e-31"].map((digits) => JSON.rawJSON(digits)),
    DECIMAL,
  ],
  [`${ESTIMATE}.totalMonthlyCost`, [null], "Decimal!"],
  [`${ESTIMATE}.byResource[0].totalMonthlyCost`, ["NaN"], DECIMAL],
  [`${ESTIMATE}.byResource[0].computeCost`, ["1,5"], DECIMAL],
  [`${ESTIMATE}.byResource[0].storageCost`, [""], DECIMAL],
  [`${ESTIMATE}.byResource[0].networkCost`, ["x"], DECIMAL],
  [`${ESTIMATE}.byResource[0].otherCost`, ["1e400"], DECIMAL],
  [`${ESTIMATE}.byService[0].totalMonthlyCost`, ["NaN"], DECIMAL],
  [`${ESTIMATE}.byRegion[0].totalMonthlyCost`, ["NaN"], DECIMAL],
  [`${ESTIMATE}.byRegion[0].services[0].totalMonthlyCost`, ["NaN"], DECIMAL],

  [`${ESTIMATE}.confidenceScore`, [-0.1, 1.1, 1e300, -1], "must be from 0 to 1"],
  [`${ESTIMATE}.byResource[0].confidenceScore`, [-0.1, 1.0000001], "must be from 0 to 1"],
  [`${ESTIMATE}.confidenceScore`, ["NaN", "0.5", true, {}], "Float cannot represent non numeric value"],
  [`${ESTIMATE}.confidenceScore`, [JSON.rawJSON("1e999")], ""],

  [`${ESTIMATE}.currency`, ["usd", "XXQ", "", "US", "USD ", "US\u0000", 5, true], CURRENCY],
  [`${ESTIMATE}.profile`, ["PRODUCTION", "prod"], "UsageProfile"],

  [
    `${ESTIMATE}.estimatedAt`,
    ["", "yesterday", "2026-11-22", "2026-11-22T10:15:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z"],
    DATE,
  ],
  [`${ESTIMATE}.estimatedAt`, ["2026-11-22T25:00:00Z", "2026-11-22 10:15", 1_700_000_000, true, {}], DATE],
  [`${ESTIMATE}.estimatedAt`, ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"], DATE],

  [`${ESTIMATE}.byService[0].resourceCount`, [-1, 10_000_001, 2_147_483_647], COUNT],
  [`${ESTIMATE}.byRegion[0].resourceCount`, [-1, 10_000_001, 2_147_483_647], COUNT],
  [`${ESTIMATE}.byRegion[0].services[0].resourceCount`, [-1, 10_000_001, 2_147_483_647], COUNT],
  [`${ESTIMATE}.unsupportedResourceCount`, [-1, 10_000_001], COUNT],
  [`${ESTIMATE}.byService[0].resourceCount`, [1.5, 2_147_483_648, "1"], "Int cannot represent"],

  ["input.labels", ["x", 5, true, [], [{}]], "must be a JSON object"],
  [`${ESTIMATE}.byResource[0].tags`, ["x", []], "must be a JSON object"],
  [
    `${ESTIMATE}.warnings[0].code`,
    ["", "lower", "A B", `A${"B".repeat(64)}`, "A\u0000"],
    "must be UPPER_SNAKE_CASE",
  ],
];

describe.each(WAYS)("A value that cannot be stored is refused %s", (_way, send) => {
  it.each(REFUSALS.flatMap(([path, values, rule]) => values.map((value) => ({ path, value, rule }))))(
    "at $path: $value",
    async ({ path, value, rule }) => {
      await expectRefusal(service, await send(service, withValue(path, value)), path, rule);
    },
  );

  it.each([
    [`${ESTIMATE}.byService`, [EC2, EC2], `${ESTIMATE}.byService[1].service`],
    [`${ESTIMATE}.byRegion`, [IRELAND, IRELAND], `${ESTIMATE}.byRegion[1].region`],
    [`${ESTIMATE}.byRegion[0].services`, [EC2, EC2], `${ESTIMATE}.byRegion[0].services[1].service`],
  ])("when it occurs twice in %s", async (list, twice, path) => {
    await expectRefusal(service, await send(service, withValue(list, twice)), path, "must not repeat");
  });
});

describe("A refusal", () => {
  it("lists everything that is wrong, each by its path", async () => {
    const byResource = [resource({ region: "" }), resource({ service: " ", confidenceScore: 7 })];
    const { errors } = await tryToStore(service, {
      userId: "",
      estimate: { ...GOOD_INPUT.estimate, byResource },
    });
    expect(errors?.[0]?.extensions.problems).toEqual([
      { path: "input.userId", message: "must not be empty; omit it if it is unknown" },
      { path: "input.estimate.byResource[0].region", message: "must not be empty" },
      { path: "input.estimate.byResource[1].service", message: "must not be empty" },
      {
        path: "input.estimate.byResource[1].confidenceScore",
        message: "must be from 0 to 1; omit it if it is unknown",
      },
    ]);
    expect(await rowCounts(service)).toEqual(NOTHING);
  });

  it("of a commit message without a line says that it can be omitted", async () => {
    const { errors } = await tryToStore(service, { commitMessage: "\n" });
    expect(errors?.[0]?.message).toContain("input.commitMessage must not be empty; omit it");
  });

  it("lists twenty problems and counts the others", async () => {
    const byResource = Array.from({ length: 25 }, () => resource({ region: "" }));
    const { errors } = await tryToStore(service, { estimate: { ...GOOD_INPUT.estimate, byResource } });
    expect(errors?.[0]?.extensions.problems).toHaveLength(20);
    expect(errors?.[0]?.message).toMatch(/byResource\[19\]\.region must not be empty; and 5 more$/);
  });

  it("is one of the default of a variable, too", async () => {
    const { errors } = await service.query(
      'mutation ($cost: Decimal = "NaN") { storeEstimate(input: { estimate: { totalMonthlyCost: $cost, byResource: [] } }) { created } }',
    );
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/^cost must be a decimal/), extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it("is one of a variable that is null where there has to be a value", async () => {
    const { errors } = await service.query(
      'mutation ($cost: Decimal = "1") { storeEstimate(input: { estimate: { totalMonthlyCost: $cost, byResource: [] } }) { created } }',
      { cost: null },
    );
    expect(errors).toMatchObject([
      { message: expect.stringContaining("input"), extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect(await rowCounts(service)).toEqual(NOTHING);
  });

  it("is one of a list of more than 100,000 resources", async () => {
    const one = JSON.stringify(resource());
    const { query } = {
      query: "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { created } }",
    };
    const { errors } = await service.post(
      `{"query":"${query}","variables":{"in":{"estimate":{"totalMonthlyCost":"1","byResource":[${`${one},`.repeat(100_000)}${one}]}}}}`,
    );
    expect(errors).toMatchObject([
      {
        message: "input.estimate.byResource must hold at most 100000 resources",
        extensions: { code: "BAD_USER_INPUT" },
      },
    ]);
    expect(await rowCounts(service)).toEqual(NOTHING);
  });

  it("is one of more than 1,000 warnings", async () => {
    const warnings = Array.from({ length: 1_001 }, () => ({ code: "A", message: "b" }));
    const { errors } = await tryToStore(service, { estimate: { ...GOOD_INPUT.estimate, warnings } });
    expect(errors?.[0]?.message).toBe("input.estimate.warnings must hold at most 1000 warnings");
  });
});

describe("Many mistakes in the variables", () => {
  it("are refused one by one, and beyond 20 in one sentence; none is a fault of the server", async () => {
    const byResource = Array.from({ length: 60 }, () => resource({ totalMonthlyCost: "x" }));
    const { errors = [] } = await tryToStore(service, { estimate: { totalMonthlyCost: "1", byResource } });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(Array(21).fill("BAD_USER_INPUT"));
    expect(errors.at(0)).toMatchObject({
      message: `${ESTIMATE}.byResource[0].totalMonthlyCost ${DECIMAL}, for instance "1361.3075"`,
      extensions: { problems: [{ path: `${ESTIMATE}.byResource[0].totalMonthlyCost` }] },
    });
    expect(errors.at(-1)?.message).toBe("The variables have more errors than these.");
  });

  it("are not quoted in full, however long the value is", async () => {
    const { errors } = await tryToStore(service, {
      estimate: {
        totalMonthlyCost: "1",
        byResource: [],
        confidenceScore: JSON.parse(`"${"9".repeat(100_000)}"`),
      },
    });
    expect(errors?.[0]?.message.length).toBeLessThan(500);
  });
});
