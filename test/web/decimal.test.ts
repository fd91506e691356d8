import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUnknownSum, isZero, sumOf } from "../../web/src/decimal.ts";

describe("sumOf", () => {
  it("keeps all digits", () => {
    expect(sumOf(["12345678901234567890.000000000000000000000000000001", "0.1"])).toBe(
      "12345678901234567890.100000000000000000000000000001",
    );
  });

  it("adds negative amounts and amounts below one", () => {
    expect(sumOf(["-0.5", "0.25"])).toBe("-0.25");
    expect(sumOf(["-0.5", "0.50"])).toBe("0");
    expect(sumOf([])).toBe("0");
  });

  it("is the sum of the integers of the smallest digits", () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat({ max: 12 }));
    fc.assert(
      fc.property(fc.array(decimal), (decimals) => {
        const texts = decimals.map(([digits, places]) => textOf(digits, places));
        const sum = decimals.reduce(
          (total, [digits, places]) => total + digits * 10n ** BigInt(12 - places),
          0n,
        );
        const [whole = "", fraction = ""] = sumOf(texts).split(".");
        expect(BigInt(whole + fraction.padEnd(12, "0"))).toBe(sum);
      }),
    );
  });
});

function textOf(digits: bigint, places: number): string {
  const text = `${digits < 0n ? -digits : digits}`.padStart(places + 1, "0");
  const sign = digits < 0n ? "-" : "";
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}

describe("A sum beside unknown costs", () => {
  it("is unknown if it is zero", () => {
    expect(isZero("-0.00")).toBe(true);
    expect(isUnknownSum("0.00", 1)).toBe(true);
    expect(isUnknownSum("0.00", 0)).toBe(false);
    expect(isUnknownSum("0.01", 1)).toBe(false);
  });
});
