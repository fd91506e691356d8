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

  it("parses a number that a double represents exactly as a JavaScript number", () => {
    expect(parseJson("[1, 0.5, -3]")).toEqual([1, 0.5, -3]);
  });

  it("distinguishes a raw number from an object with the same keys", () => {
    expect(isRawNumber(parseJson("5.10"))).toBe(true);
    expect(isRawNumber(parseJson('{"rawJSON":"5.10"}'))).toBe(false);
  });

  it("treats __proto__ like any other key", () => {
    const value = parseJson('{"__proto__":{"admin":true}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}');
    expect(Reflect.get(Object(value), "admin")).toBeUndefined();
  });

  it("preserves the digits of every number in every place", () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/);
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
        const text = `{"a":[${numbers}],"b":${numbers[0]},"c":{"d":${numbers[0]}}}`;
        expect(JSON.stringify(parseJson(text))).toBe(text);
        expect(JSON.stringify(parseJson(text.replaceAll(/[,:[]/g, "$& ")))).toBe(text);
      }),
    );
  });

  it("throws when the text is not JSON", () => {
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });

  it("writes every value as JSON.stringify wrote it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });
});
