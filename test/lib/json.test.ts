import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isRawNumber, parseJson } from "../../src/lib/json.ts";

describe("JSON", () => {
  test.each(["5.10", "0.1", "12345678901234567.89", "1e400", "-0", "1E2", "1.0", "0.0000000309", "1e-7"])(
    "keeps the digits of %s",
    (digits) => {
      expect(JSON.stringify(parseJson(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
    },
  );

  it("leaves a number that a double holds as it is written a plain number", () => {
    expect(parseJson("[1, 0.5, -3]")).toEqual([1, 0.5, -3]);
  });

  it("tells a number that kept its digits from an object that looks like one", () => {
    expect(isRawNumber(parseJson("5.10"))).toBe(true);
    expect(isRawNumber(parseJson('{"rawJSON":"5.10"}'))).toBe(false);
  });

  it("keeps a key named __proto__, as a key like any other", () => {
    const value = parseJson('{"__proto__":{"admin":true}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}');
    expect(Reflect.get(Object(value), "admin")).toBeUndefined();
  });

  it("keeps the digits of every number, wherever it stands", () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/);
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
        const text = `{"a":[${numbers}],"b":${numbers[0]},"c":{"d":${numbers[0]}}}`;
        expect(JSON.stringify(parseJson(text))).toBe(text);
        expect(JSON.stringify(parseJson(text.replaceAll(/[,:[]/g, "$& ")))).toBe(text);
      }),
    );
  });

  it("throws on what is no JSON", () => {
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });

  it("writes back every value as JSON.stringify wrote it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });
});
