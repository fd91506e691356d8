import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  addsUp,
  addsUpInDoubles,
  compare,
  isZeroText,
  parseDecimal,
  parseDouble,
  percentageChange,
  subtract,
  sum,
} from "../../src/lib/money.ts";
import { decimal } from "../support/decimals.ts";

/** The amount in units of its 30th decimal. */
function units(amount: string): bigint {
  const [integer = "", fraction = ""] = amount.replace("-", "").split(".");
  const size = BigInt(integer + fraction.padEnd(30, "0"));
  return amount.startsWith("-") ? -size : size;
}

describe("A text", () => {
  test.each(["0", "-0", "+0", "0.00", ".0", "0.", "00", " 0 ", "0e7", "0.0E-400"])("%j is zero", (text) => {
    expect(isZeroText(text)).toBe(true);
  });

  test.each(["1e-400", "0.1", "", " ", ".", "-", "x", "0x0"])("%j is not zero", (text) => {
    expect(isZeroText(text)).toBe(false);
  });
});

describe("Parsing a decimal", () => {
  test.each([
    ["1361.3075", "1361.3075"],
    ["0.00", "0.00"],
    ["-5.10", "-5.10"],
    [5, "5"],
    [0.1, "0.1"],
    [1e-7, "0.0000001"],
    ["1.5e3", "1500"],
    ["1.50E-2", "0.0150"],
    ["1e19", "10000000000000000000"],
    ["-0", "0"],
    ["-0.00", "0.00"],
    ["-0.000000000000000000000000000001", "-0.000000000000000000000000000001"],
    [JSON.rawJSON("5.10"), "5.10"],
  ])("parses %j as %s", (value, text) => {
    expect(parseDecimal(value)).toBe(text);
  });

  test.each([
    ["", " 1", "1 ", "1,5", "1_000", "0x10", "NaN", "Infinity", "-Infinity", "+1", ".5", "5.", "01", "--1"],
    ["1e400", "1e-400", "1e20", "1e-31", "0e99999", "1e", "123456789012345678901", `0.${"1".repeat(31)}`],
    ["١", "1\n", "1\0", `1${"0".repeat(200)}`, `1e${"0".repeat(200)}1`],
    [Number.NaN, Number.POSITIVE_INFINITY, 1e300, true, null, undefined, {}, [], ["1"], { rawJSON: "1" }],
  ])(
    "rejects values that are not decimals, or exceed 20 integer and 30 fraction digits: %j, ...",
    (...values) => {
      expect(values.map(parseDecimal)).toEqual(values.map(() => undefined));
    },
  );

  it("returns every decimal of the range unchanged", () => {
    fc.assert(
      fc.property(decimal(), (text) => {
        expect(parseDecimal(text)).toBe(text);
      }),
    );
  });
});

describe("Arithmetic", () => {
  it("adds exactly, with the digits of the most precise amount", () => {
    expect(sum(["0.1", "0.2", "5.10"])).toBe("5.40");
    fc.assert(
      fc.property(fc.array(decimal()), (amounts) => {
        const total = amounts.reduce((all, amount) => all + units(amount), 0n);
        expect(units(sum(amounts))).toBe(total);
      }),
    );
  });

  it("returns 0 without amounts", () => {
    expect(sum([])).toBe("0");
  });

  it("subtracts exactly", () => {
    fc.assert(
      fc.property(decimal(), decimal(), (a, b) => {
        expect(units(subtract(a, b))).toBe(units(a) - units(b));
      }),
    );
  });

  it("compares by amount, not by digits", () => {
    expect(compare("1.0", "1")).toBe(0);
    fc.assert(
      fc.property(decimal(), decimal(), (a, b) => {
        expect(Math.sign(compare(a, b))).toBe(Number(units(a) > units(b)) - Number(units(a) < units(b)));
      }),
    );
  });
});

describe("The percentage of a change", () => {
  test.each([
    ["100", "150", 50],
    ["100.00", "0", -100],
    ["-10", "-5", 50],
    ["3", "4", 100 / 3],
    ["99999999999999999999", "99999999999999999999.000000000000000000000000000001", 1e-48],
    ["0.000000000000000000000000000001", "99999999999999999999", 1e52],
  ])("from %s to %s is %d", (base, target, change) => {
    expect(percentageChange(base, target)).toBe(change);
  });

  it("is null when the base is zero", () => {
    expect(percentageChange("0.00", "5")).toBeNull();
  });

  it("is exact to the last digits of a double, over the whole range", () => {
    fc.assert(
      fc.property(decimal(), decimal(), (base, target) => {
        fc.pre(units(base) !== 0n);
        const size = units(base) < 0n ? -units(base) : units(base);
        // 80 decimals of the quotient, as an integer.
        const exact = ((units(target) - units(base)) * 100n * 10n ** 80n) / size;
        const expected = Number(`${exact}e-80`);
        const change = percentageChange(base, target) ?? Number.NaN;
        expect(Math.abs(change - expected)).toBeLessThanOrEqual(Math.abs(expected) * Number.EPSILON);
      }),
    );
  });
});

describe("The comparison with a stated amount", () => {
  test.each([
    ["10.02", ["3.33", "3.33", "3.33"], true],
    ["10.03", ["3.33", "3.33", "3.33"], false],
    ["9.96", ["3.33", "3.33", "3.33"], true],
    ["9.95", ["3.33", "3.33", "3.33"], false],
    ["10.01", ["10.00", "0.00", "0"], true],
    ["10.02", ["10.00", "0.00", "0"], false],
    ["1", [], false],
    ["0.00", [], true],
    ["11", ["10"], true],
    ["11", ["10.0"], false],
  ])("%s from %j: %s", (stated, summands, result) => {
    expect(addsUp(stated, summands)).toBe(result);
  });

  it("tolerates exactly one unit of the last digit for each summand that is not zero", () => {
    const amounts = fc.array(decimal(), { maxLength: 8 });
    const slack = fc.bigInt({ min: -10n, max: 10n });
    fc.assert(
      fc.property(amounts, slack, (summands, off) => {
        const rounded = summands.filter((amount) => units(amount) !== 0n);
        const digits = Math.max(0, ...rounded.map((amount) => amount.split(".")[1]?.length ?? 0));
        const unit = 10n ** BigInt(30 - digits);
        const total = summands.reduce((all, amount) => all + units(amount), 0n) + off * unit;
        const size = (total < 0n ? -total : total).toString().padStart(31, "0");
        const stated = `${total < 0n ? "-" : ""}${size.slice(0, -30)}.${size.slice(-30)}`;
        expect(addsUp(stated, summands)).toBe((off < 0n ? -off : off) <= BigInt(rounded.length));
      }),
    );
  });
});

describe("Amounts that were calculated as doubles", () => {
  it.each([
    ["0.30000000000000004", ["0.1", "0.2"], true],
    ["127.5", ["78.5", "49"], true],
    ["127.50000000000001", ["78.5", "49"], true],
    ["127.50001", ["78.5", "49"], false],
    ["1", [], false],
    ["0", [], true],
    ["0", ["1e9", "-1e9"].map((text) => parseDecimal(text) ?? ""), true],
  ])("%s is the sum of %j: %j", (stated, summands, result) => {
    expect(addsUpInDoubles(stated, summands)).toBe(result);
  });

  it("add up in any order, to the sum of the doubles", () => {
    const double = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(double, { maxLength: 50 }), (doubles) => {
        const texts = doubles.map((number) => parseDouble(String(number)) ?? "");
        const added = doubles.reduce((total, number) => total + number, 0);
        expect(addsUpInDoubles(parseDouble(String(added)) ?? "", texts)).toBe(true);
      }),
    );
  });

  it("are read with at most 30 fraction digits", () => {
    expect(parseDouble("0.0000000000000000000123456789012345")).toBe("0.000000000000000000012345678901");
    expect([parseDouble("1.50"), parseDouble("much"), parseDouble("1e400")]).toEqual([
      "1.50",
      undefined,
      undefined,
    ]);
  });
});
