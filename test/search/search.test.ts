import { Client } from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { NEWEST_JOBS } from "../../src/search/jobs.sql.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { randomFrom } from "../support/random-selections.ts";
import { startService, type TestService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import {
  expectedResults,
  insertJobs,
  insertNewestJobs,
  type NaiveJob,
  type NaiveSearch,
  randomJobs,
  randomSearch,
} from "./naive-search.ts";

/** The number of random searches, and the seed of the first. */
const SEARCHES = Number(process.env.RANDOM_SEARCHES ?? 40);
const SEED = Number(process.env.RANDOM_SEED ?? 1);

const QUERY = `query ($text: String!, $first: Int) {
  search(text: $text, first: $first) {
    __typename
    ... on Project { projectId: id name }
    ... on Job { jobId: id branch }
    ... on CostResult { resultId: id resourceId job { id } }
  }
}`;

interface Result {
  readonly projectId?: string;
  readonly jobId?: string;
  readonly resultId?: string;
}

async function search(service: TestService, text: string, first = 20): Promise<(string | undefined)[]> {
  const { data, errors } = await service.query<{ search: Result[] }>(QUERY, { text, first });
  expect(errors).toBeUndefined();
  return data.search.map(({ projectId, jobId, resultId }) => projectId ?? jobId ?? resultId);
}

async function withoutTrigrams(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("drop extension pg_trgm cascade").finally(() => client.end());
}

/** The lower case of each character, as PostgreSQL has it. */
async function lowerOf(service: TestService, texts: string): Promise<(text: string) => string> {
  const characters = [...new Set(texts)];
  const list = characters.map((character) => `'${character.replaceAll("'", "''")}'`).join();
  const read = await service.sql(`select c, lower(c) from unnest(array[${list}]) as c`);
  const lower = new Map(read.map((row) => [String(row.c), String(row.lower)]));
  return (text) => [...text].map((character) => lower.get(character) ?? character).join("");
}

describe.each([
  ["with pg_trgm", true],
  ["without pg_trgm", false],
])("A search in a database %s", (_name, hasTrigrams) => {
  const service = startService({}, hasTrigrams ? {} : { prepare: withoutTrigrams });
  let jobs: NaiveJob[];
  let rules: Omit<NaiveSearch, "newestOthers">;

  beforeAll(async () => {
    jobs = randomJobs(randomFrom(SEED), 400);
    await pastTriggers(service, insertJobs(jobs));
    const json = JSON.stringify(jobs);
    rules = { hasTrigrams, lower: await lowerOf(service, json + json.toUpperCase() + json.toLowerCase()) };
  });

  async function compare(newestOthers: number): Promise<void> {
    const random = randomFrom(SEED + newestOthers);
    for (let n = 0; n < SEARCHES; n++) {
      const first = [2, 20, 100][n % 3] ?? 20;
      const text = randomSearch(random, jobs);
      const expected = expectedResults(jobs, text, first, { ...rules, newestOthers });
      expect(await search(service, text, first), JSON.stringify(text)).toEqual(expected);
    }
  }

  it("finds in the newest jobs what a recount finds", async () => {
    await compare(0);
  });

  it("finds in older jobs what the indexes find", async () => {
    await pastTriggers(service, insertNewestJobs(NEWEST_JOBS));
    await service.sql("analyze");
    await compare(NEWEST_JOBS);
  });

  it("runs the same statements for any number of results", async () => {
    for (const text of ["main", "nothing at all"]) {
      const fields =
        "... on Job { id branch labels } ... on Project { id name } ... on CostResult { id tags }";
      const run = () => service.query(`{ search(text: "${text}", first: 100) { __typename ${fields} } }`);
      expect(await statementsOf(run)).toEqual([
        "search.text",
        "search.projects",
        "search.jobs",
        "search.resources",
      ]);
    }
  });
});

describe("The cost of a search", () => {
  const service = startService({ QUERY_COST_LIMIT: "5069" });

  it("counts a page of each kind of result", async () => {
    const kinds = "... on Project { name } ... on Job { id project } ... on CostResult { id }";
    const { errors } = await service.query(`{ search(text: "main", first: 10) { ${kinds} } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", cost: 5_070, limit: 5_069 });
  });
});

describe("An invalid search", () => {
  const service = startService();

  it.each([
    ["x", 20, "text must have at least 2 characters"],
    ["😀", 20, "text must have at least 2 characters"],
    ["", 20, "text must have at least 2 characters"],
    ["x".repeat(201), 20, "text must have at most 200 characters"],
    ["a\0b", 20, "text must not contain a NUL character or a lone surrogate"],
    ["a\ud800", 20, "text must not contain a NUL character or a lone surrogate"],
    ["main", 0, "first must be from 1 to 100"],
    ["main", 101, "first must be from 1 to 100"],
  ])("is refused by its path: %j, first %i", async (text, first, message) => {
    const { errors } = await service.query(QUERY, { text, first });
    expect(errors?.[0]?.message).toBe(message);
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  it("has more than 200 characters, not more than 200 units of UTF-16", async () => {
    expect(await search(service, "😀".repeat(200))).toEqual([]);
    const { errors } = await service.query(QUERY, { text: "😀".repeat(201) });
    expect(errors?.[0]?.message).toBe("text must have at most 200 characters");
  });
});
