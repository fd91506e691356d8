import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CanonicalJson } from "../../src/integrity/canonical-json.ts";
import { startService } from "../support/service.ts";

const service = startService();

const canonical = new CanonicalJson();
function canonicalJson(text: string): string {
  return canonical.lines(text).toString().slice(0, -1);
}

/** What PostgreSQL can store: no NUL, no half of a surrogate pair. */
const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0") && value.isWellFormed());
const awkward = fc.constantFrom(
  "",
  '"',
  "\\",
  '\\"',
  "\n",
  "\u0001",
  "\u007f",
  "\u2028",
  "é",
  "e\u0301",
  "😀",
  "{",
  "],",
);
const value = fc.jsonValue({
  stringUnit: fc.oneof(
    awkward,
    text.map((whole) => whole.slice(0, 1) || "a").filter((unit) => unit.isWellFormed()),
  ),
});

const quoted = (json: string) => `'${json.replaceAll("'", "''")}'`;

/** As PostgreSQL writes it. */
async function throughJsonb(json: string): Promise<string> {
  const [row] = await service.sql(`select (${quoted(json)}::jsonb)::text as written`);
  return String(row?.written);
}

describe("Canonical JSON", () => {
  it("is what RFC 8785 says, for whatever PostgreSQL stores and a double can hold", async () => {
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const json = JSON.stringify(given);
        fc.pre(!json.includes("\\u0000"));
        expect(canonicalJson(await throughJsonb(json))).toBe(canonicalize(given));
      }),
      { numRuns: 300 },
    );
  });

  it("has the members in the order of UTF-16 code units, as the RFC's own example has", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const json = JSON.stringify(Object.fromEntries(names.map((name) => [name, 0])));
    expect(canonicalJson(json)).toBe(canonicalize(JSON.parse(json)));
    expect(canonicalJson(json)).toBe(
      '{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\u{1f600}":0,"\ufb33":0}',
    );
  });

  it("is the same for every order of members and every space between", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.jsonValue()), (given) => {
        const reversed = Object.fromEntries(Object.entries(given).reverse());
        expect(canonicalJson(JSON.stringify(reversed, null, 2))).toBe(canonicalJson(JSON.stringify(given)));
      }),
    );
  });

  it("stays as it is when it is made canonical again", () => {
    fc.assert(
      fc.property(value, (given) => {
        const once = canonicalJson(JSON.stringify(given));
        expect(canonicalJson(once)).toBe(once);
      }),
    );
  });

  it("is written line by line, each with a line feed behind it", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (given) => {
        const written = canonical.lines(given.map((one) => JSON.stringify(one)).join("\n"));
        expect(written.toString()).toBe(given.map((one) => `${canonicalize(one)}\n`).join(""));
      }),
    );
  });

  it("is whole where numbers become longer", () => {
    const lines = new CanonicalJson().lines('{"b": 1e+20, "a": [1e+20, 1e+20]}').toString();
    expect(lines).toBe(`{"a":[1${"0".repeat(20)},1${"0".repeat(20)}],"b":1${"0".repeat(20)}}\n`);
  });

  it("refuses what is no JSON, instead of hashing it", () => {
    for (const json of [
      "",
      " ",
      "[",
      "[1,",
      '{"a":',
      "[,]",
      '"',
      '"\\',
      "[1] 2",
      "[1]\n",
      "{1:2}",
      '{"a" 1}',
    ]) {
      expect(() => canonicalJson(json)).toThrow(SyntaxError);
    }
  });
});

/** As a person might write a number: with a fraction, zeros, an exponent. */
const number = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.bigInt({ min: 0n, max: 10n ** 25n }),
    fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 25 }),
    fc.constantFrom("", "0", "000"),
  )
  .map(([sign, integer, fraction, zeros]) => sign + integer + (fraction + zeros && `.${fraction}${zeros}`));

describe("A number in canonical JSON", () => {
  it("is written the same exactly when PostgreSQL takes it for the same", async () => {
    const near = fc
      .tuple(number, fc.constantFrom("", "0", "1", "e0", "e1"))
      .map(([one, tail]): [string, string] => [
        one,
        tail.startsWith("e") ? one + tail : (one.includes(".") ? one : `${one}.`) + (tail || "0"),
      ]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(near, fc.tuple(number, number)), async ([one, other]) => {
        const [row] = await service.sql(
          `select ('${one}'::jsonb)::text as one, ('${other}'::jsonb)::text as other, '${one}'::jsonb = '${other}'::jsonb as equal`,
        );
        expect(canonicalJson(String(row?.one)) === canonicalJson(String(row?.other))).toBe(row?.equal);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["1.50", "1.5"],
    ["100", "100"],
    ["0.000", "0"],
    ["1e-07", "1e-7"],
    ["1000000000000000000000", "1e+21"],
    // No double holds these: they keep their digits.
    ["12345678901234567890.10", "12345678901234567890.1"],
    ["0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"],
    [`1${"0".repeat(400)}`, `1${"0".repeat(400)}`],
  ])("of %s is %s", (written, canonical) => {
    expect(canonicalJson(written)).toBe(canonical);
  });
});

describe("JSON of very many levels", () => {
  it.each([999, 1_000, 1_001, 5_000, 100_000])("is written without overflowing the stack: %i", (levels) => {
    const lists = `${"[".repeat(levels)}"]"${"]".repeat(levels)}`;
    const objects = `${'{"a":'.repeat(levels)}"}\\"{"${"}".repeat(levels)}`;
    expect(canonicalJson(lists)).toBe(lists);
    expect(canonicalJson(objects)).toBe(objects);
    expect(() => canonicalJson(lists.slice(0, -1))).toThrow(SyntaxError);
  });

  it("leaves nothing behind for the next text", () => {
    expect(() => canonicalJson("[".repeat(900))).toThrow(SyntaxError);
    expect(canonicalJson(`${"[".repeat(900)}{"b": 1, "a": 2}${"]".repeat(900)}`)).toContain('{"a":2,"b":1}');
  });

  it("is written as PostgreSQL has it, which takes it behind the service's back", async () => {
    const deep = `${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`;
    const [row] = await service.sql(`select ('${deep}'::jsonb)::text as json`);
    expect(canonicalJson(String(row?.json)).replaceAll(" ", "")).toBe(deep);
  });
});
