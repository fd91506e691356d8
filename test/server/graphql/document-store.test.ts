import { randomBytes } from "node:crypto";
import { parse } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { createDocumentStore, retainedBytes } from "../../../src/server/graphql/document-store.ts";
import { heapBytes } from "../../support/heap.ts";
import { startService } from "../../support/service.ts";

const service = startService({ METRICS_PORT: "0" });

const MIB = 1_048_576;

/** The growth of the heap after the service has answered these queries. */
async function heapGrowth(count: number, query: (n: number) => string): Promise<number> {
  const ask = async (n: number) => {
    const { data } = await service.query(query(n));
    expect(data).not.toBeUndefined();
  };
  await ask(0);
  const before = heapBytes();
  for (let n = 1; n <= count; n++) await ask(n);
  return heapBytes() - before;
}

/** A unique text. */
function randomText(length: number): string {
  return randomBytes(length / 2).toString("hex");
}

describe("The heap of the server", () => {
  beforeAll(async () => {
    // These tests do not measure compiled code and connections.
    for (let n = 0; n < 20; n++) await service.query(`{ __typename } # ${n}`);
  });

  it("does not grow with new texts of 250 KB", async () => {
    const growth = await heapGrowth(60, (n) => `{ __typename } # ${n} ${randomText(250_000)}`);
    expect(growth).toBeLessThan(10 * MIB);
  });

  it("does not grow with operations of 250 KB whose names are counted", async () => {
    const padding = () => `# ${randomText(200_000)}`;
    const growth = await heapGrowth(90, (n) => `query TheNameOfOperation${n} { __typename } ${padding()}`);
    expect(growth).toBeLessThan(10 * MIB);
  });

  // Without a limit, the documents would retain more than 22 MB.
  it.each<[string, number, (n: number) => string]>([
    ["many tokens", 130, (n) => `query Q${n} { ${"...{__typename}".repeat(150)} }`],
    ["many comments", 250, (n) => `query Q${n} { __typename } ${"#\n".repeat(900)}`],
    ["long comments", 250, (n) => `query Q${n} { __typename } # ${randomText(100_000)}`],
    [
      "escapes",
      300,
      (n) =>
        `query Q${n} { __typename @skip(if: false) ... @include(if: true) { jobs(filter: {project: "${"a\\n".repeat(3_000)}"}) { nodes { id } } } }`,
    ],
  ])("grows by no more than the store may hold, with texts of %s", async (_what, count, query) => {
    expect(await heapGrowth(count, query)).toBeLessThan(20 * MIB);
  });
});

describe("A document", () => {
  it.each<[string, string]>([
    ["fields", `{ ${"ab ".repeat(2_000)} }`],
    ["long fields", `{ ${"abcdefghijklmnopq ".repeat(500)} }`],
    ["arguments", `{ ${"a:b(c:1) ".repeat(300)} }`],
    ["objects", `{ a(b:[${"{a:1}".repeat(400)}]) }`],
    ["nesting", `{ ${"a{".repeat(400)}a${"}".repeat(400)} }`],
    ["inline fragments", `{ ${"...{a}".repeat(500)} }`],
    ["operations", "query q{a}".repeat(500)],
    ["variables", `query q(${"$a:B ".repeat(500)}) {a}`],
    ["block strings", `{ a(b:[${`"""${"x\n".repeat(20)}"""`.repeat(500)}]) }`],
    ["escapes", `{ a(b:[${`"${"x\\n".repeat(20)}"`.repeat(500)}]) }`],
    ["comments", `{ a }${"#\n".repeat(2_000)}`],
    ["characters of two bytes", `{ a } # ${"ж".repeat(50_000)}`],
  ])("of many %s is counted with all that it retains", (_what, text) => {
    // A copy for each document, as for each request.
    const texts = Array.from({ length: 20 }, (_, n) => Buffer.from(`${text} #${n}`));
    const before = heapBytes();
    const documents = texts.map((bytes) => parse(bytes.toString()));
    const used = heapBytes() - before;
    const counted = documents.reduce((sum, document) => sum + retainedBytes(document), 0);
    expect(used).toBeGreaterThan(0);
    expect(counted).toBeGreaterThan(used);
  });

  it("is found again", async () => {
    const store = createDocumentStore();
    const document = parse("{ a }");
    await store.set("a", document);
    expect(await store.get("a")).toBe(document);
  });

  it("with a very long text is not stored, and others are kept", async () => {
    const store = createDocumentStore();
    await store.set("a", parse("{ a }"));
    await store.set("b", parse(`{ b } # ${"x".repeat(200_000)}`));
    expect([await store.get("a"), await store.get("b")]).toEqual([expect.anything(), undefined]);
  });
});
