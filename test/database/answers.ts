import { pino } from "pino";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { estimate, resource } from "../support/estimates.ts";

const STORE =
  "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id } } }";

const JOBS = `{ jobs(first: 50) { totalCount nodes {
  id createdAt estimatedAt userId project branch currency totalMonthlyCost labels resourceCount unpricedResourceCount
  warnings { code message } previous { id } services { service totalMonthlyCost } regions { region totalMonthlyCost }
  resources(first: 50) { nodes { resourceId totalMonthlyCost computeCost tags } }
} } }`;

/** What a service on a database answers: to every question that a restored one must answer in the same way. */
export interface Answers {
  readonly jobs: string;
  readonly files: readonly string[];
  readonly comparison: string;
  /** What it says to a store that it has stored before. */
  readonly retry: string;
}

/** Stores a few jobs of a project through a service on this database. */
export async function storeJobs(databaseUrl: string): Promise<void> {
  await withService(databaseUrl, async (url) => {
    for (const [key, cost] of [
      ["a", "10.00"],
      ["b", "12.000000000000000000000000000001"],
      ["c", null],
    ] as const) {
      await send(url, STORE, { input: inputOf(key, cost) });
    }
  });
}

/** Asks a service on this database everything. */
export async function answersFrom(databaseUrl: string): Promise<Answers> {
  return withService(databaseUrl, async (url) => {
    const jobs = await send(url, JOBS);
    const ids: string[] = JSON.parse(jobs).data.jobs.nodes.map(({ id }: { id: string }) => id);
    const [base, target] = ids;
    return {
      jobs,
      files: await Promise.all(ids.map((id) => get(`${url}/api/v1/jobs/${id}/resources.csv`))),
      comparison: await get(`${url}/api/v1/compare?job_id_1=${base}&job_id_2=${target}`),
      retry: await send(url, STORE, { input: inputOf("a", "10.00") }),
    };
  });
}

function inputOf(key: string, cost: string | null) {
  const resources = [resource({ totalMonthlyCost: cost, tags: { key } }), resource({ resourceId: "other" })];
  return {
    idempotencyKey: key,
    project: "shop",
    labels: { run: key },
    estimate: estimate({ totalMonthlyCost: "20.00", byResource: resources }),
  };
}

async function withService<Result>(
  databaseUrl: string,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const config = readConfig({ PORT: "0", DATABASE_URL: databaseUrl, AUTH: "none" });
  const app = await createApp(config, databaseUrl, pino({ level: "silent" }));
  return use(app.url).finally(() => app.close());
}

async function send(url: string, query: string, variables: object = {}): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query, variables });
  return expectOk(await fetch(`${url}/graphql`, { method: "POST", headers, body }));
}

async function get(url: string): Promise<string> {
  return expectOk(await fetch(url));
}

async function expectOk(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok || text.startsWith('{"errors"')) throw new Error(text);
  return text;
}
