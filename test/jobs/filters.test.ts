import { beforeAll, describe, expect, it } from "vitest";
import { estimate, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** The ids of the stored jobs by the name of the test data. */
const ids: Record<string, string> = {};

const LABELS = {
  number: { n: 1, zone: "a" },
  text: { n: "1", zone: "b" },
  nothing: { n: null },
  yes: { n: true },
  fraction: { n: 1.5 },
  object: { n: { b: [1, "x"], a: "%_" } },
  largerObject: { n: { b: [1, "x"], a: "%_", c: 0 } },
  list: { n: [1, 2] },
  empty: { n: "" },
  noLabels: {},
};

beforeAll(async () => {
  for (const [name, labels] of Object.entries(LABELS)) {
    ids[name] = await store(service, { userId: "labels", labels, estimate: estimate({}) });
  }
});

async function list(filter: object) {
  const { data, errors } = await service.query(
    `query ($filter: JobFilter) { jobs(first: 100, filter: $filter, orderBy: CREATED_AT_ASC) { totalCount nodes { id } } }`,
    { filter },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  const names = data.jobs.nodes.map(({ id }: { id: string }) =>
    Object.keys(ids).find((name) => ids[name] === id),
  );
  expect(data.jobs.totalCount).toBe(names.length);
  return names;
}

describe("The filter by labels", () => {
  it.each<[string, object[], string[]]>([
    ["a key alone", [{ key: "n" }], Object.keys(LABELS).slice(0, -1)],
    ["a number or its text", [{ key: "n", value: "1" }], ["number", "text"]],
    ["null or its text", [{ key: "n", value: "null" }], ["nothing"]],
    ["a boolean", [{ key: "n", value: "true" }], ["yes"]],
    ["a fraction", [{ key: "n", value: "1.5" }], ["fraction"]],
    ["another spelling of a number", [{ key: "n", value: "1.0" }], []],
    ["an object, in any order of keys", [{ key: "n", value: '{"a":"%_", "b": [1,"x"]}' }], ["object"]],
    ["a part of an object", [{ key: "n", value: '{"a":"%_"}' }], []],
    ["a list", [{ key: "n", value: "[1,2]" }], ["list"]],
    ["a part of a list", [{ key: "n", value: "[1]" }], []],
    ["the empty text", [{ key: "n", value: "" }], ["empty"]],
    ["a text of JSON that cannot be stored", [{ key: "n", value: '"\\u0000"' }], []],
    ["a number that cannot be stored", [{ key: "n", value: "1e999999" }], []],
    ["a value null", [{ key: "n", value: null }], Object.keys(LABELS).slice(0, -1)],
    [
      "several labels",
      [
        { key: "n", value: "1" },
        { key: "zone", value: "b" },
      ],
      ["text"],
    ],
    ["no label", [], Object.keys(LABELS)],
    ["a key in other case", [{ key: "N" }], []],
  ])("by %s finds the jobs that have it", async (_name, labels, expected) => {
    expect(await list({ userId: "labels", labels })).toEqual(expected);
  });
});
