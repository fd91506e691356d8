import { beforeAll, describe, expect, it } from "vitest";
import { estimate, resource } from "../support/estimates.ts";
import { oneServer } from "./one-server.ts";

const server = oneServer();

/** As many as come when a hundred people open a board at nine o'clock, each with three queries. */
const RUSH = 300;

const MEMORY_MB = 512;

const DASHBOARD = `{ jobs(first: 20) { nodes { id createdAt project totalMonthlyCost
  services { service totalMonthlyCost resourceCount } regions { region totalMonthlyCost } } } }`;

/** One of the most expensive queries that the limits allow: 40 pages of 250 resources. */
const MOST_EXPENSIVE = `{ jobs(first: 40) { nodes { resources(first: 250) { nodes {
  resourceId resourceType service region totalMonthlyCost computeCost storageCost networkCost } } } } }`;

const STORE = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";

function post(query: string, variables: object = {}): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables }),
  });
}

function storeOf(resources: number) {
  const byResource = Array.from({ length: resources }, (_, n) =>
    resource({
      resourceId: `module.rush.aws_instance.web[${n}]`,
      service: `S${n % 12}`,
      region: `r${n % 5}`,
    }),
  );
  return {
    input: { project: "rush", estimate: estimate({ totalMonthlyCost: `${resources * 10}`, byResource }) },
  };
}

/** Sends a number of requests at once, with health checks in between, and counts the results: "200", "503 after 1", or an error. */
async function rush(send: () => Promise<Response>): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  const health: number[] = [];
  const requests = Array.from({ length: RUSH }, async () => {
    const outcome = await outcomeOf(send());
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });
  const over = Promise.all(requests);
  let running = true;
  over.finally(() => {
    running = false;
  });
  while (running) health.push((await fetch(`${server.url}/health/live`)).status);
  await over;
  expect(new Set(health)).toEqual(new Set([200]));
  return outcomes;
}

async function outcomeOf(answer: Promise<Response>): Promise<string> {
  try {
    const response = await answer;
    const body = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
    if (response.status === 200 && body.data) return "answer";
    return `${response.status} ${body.errors?.[0]?.extensions.code} after ${response.headers.get("retry-after")}`;
  } catch (error) {
    return String(error);
  }
}

const REFUSED = "503 SERVICE_UNAVAILABLE after 1";

describe(`${RUSH} requests at once`, () => {
  beforeAll(async () => {
    for (let n = 0; n < 40; n++) await (await post(STORE, storeOf(250))).text();
  });

  it.each([
    ["dashboards", () => post(DASHBOARD)],
    ["the most expensive queries", () => post(MOST_EXPENSIVE)],
    ["stores", () => post(STORE, storeOf(30))],
  ])("get an answer or are told when to come again, while health answers: %s", async (_what, send) => {
    const outcomes = await rush(send);
    expect([...outcomes.keys()].filter((outcome) => outcome !== "answer" && outcome !== REFUSED)).toEqual([]);
    expect(outcomes.get("answer")).toBeGreaterThan(0);
    expect(await outcomeOf(post(DASHBOARD))).toBe("answer");
  });

  it(`take no more than ${MEMORY_MB} MB of memory`, async () => {
    expect(await server.highestMemoryMb()).toBeLessThan(MEMORY_MB);
  });
});
