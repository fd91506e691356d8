import { Client } from "pg";
import { expect } from "vitest";
import { estimate, resource } from "../support/estimates.ts";

/** What came of asking for a store: the job's id when it was acknowledged, else why it was not. */
type Outcome = { readonly jobId: string } | { readonly failure: string };

/** Clients that store one estimate after the other, each with its own key, and the responses. */
export interface Storing {
  /** Begins each of their keys. */
  readonly name: string;
  /** The estimates that were acknowledged: their jobs by their keys. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** The keys of those that were not. */
  readonly unacknowledged: ReadonlySet<string>;
  /** Why, each reason once: a code, or "no answer" when there was none. */
  readonly failures: ReadonlySet<string>;
  /** When the last one was acknowledged, as Date.now() tells it. */
  readonly lastAt: number;
  /** Stops the clients after their current requests. */
  stop(): Promise<void>;
}

/** Enough that a fault falls into the middle of one, and each of them a number that tells which. */
const RESOURCES = 200;

const MUTATION =
  "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id } } }";

let runs = 0;

/** Starts a number of clients at a server, whose address may change with a restart. */
export function keepStoring(clients: number, url: () => string): Storing {
  const acknowledged = new Map<string, string>();
  const unacknowledged = new Set<string>();
  const failures = new Set<string>();
  const name = `run ${++runs}`;
  let stopped = false;
  let lastAt = 0;

  async function client(index: number): Promise<void> {
    for (let count = 0; !stopped; count++) {
      const key = `${name}, client ${index}, store ${count}`;
      const outcome = await store(url(), key);
      if ("jobId" in outcome) {
        acknowledged.set(key, outcome.jobId);
        lastAt = Date.now();
      } else {
        unacknowledged.add(key);
        failures.add(outcome.failure);
        // As a client does; otherwise a stopped server gets thousands of requests.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  const all = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return {
    name,
    acknowledged,
    unacknowledged,
    failures,
    get lastAt() {
      return lastAt;
    },
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

/** Stores the estimate of a key: the same one for the same key. */
export async function store(
  url: string,
  key: string,
  { signal, project = "faults" }: { readonly signal?: AbortSignal; readonly project?: string } = {},
): Promise<Outcome> {
  const byResource = Array.from({ length: RESOURCES }, (_, index) =>
    resource({ resourceId: `aws_instance.web[${index}]` }),
  );
  const input = {
    idempotencyKey: key,
    project,
    estimate: estimate({ totalMonthlyCost: `${RESOURCES * 10}.00`, byResource }),
  };
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: MUTATION, variables: { input } }),
      ...(signal && { signal }),
    });
    const { data, errors } = (await response.json()) as Answer;
    return errors ? { failure: errors[0]?.extensions.code ?? "" } : { jobId: data.storeEstimate.job.id };
  } catch {
    return { failure: "no answer" };
  }
}

interface Answer {
  readonly data: { readonly storeEstimate: { readonly job: { readonly id: string } } };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/**
 * The guarantee: an acknowledged estimate is stored, complete, once; another one is stored completely or not; and a retry
 * with the same key settles it.
 */
export async function expectPromiseKept(storing: Storing, url: string, databaseUrl: string): Promise<void> {
  await expectWhole(storing, databaseUrl);
  const settled = new Map(storing.acknowledged);
  for (const key of storing.unacknowledged) {
    const outcome = await store(url, key);
    if ("failure" in outcome) throw new Error(`The retry of ${key} failed: ${outcome.failure}`);
    settled.set(key, outcome.jobId);
  }
  const { keys } = await expectWhole(storing, databaseUrl);
  expect(keys).toEqual(settled);
}

async function expectWhole({ name, acknowledged }: Storing, databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: broken } = await client.query(`
      select id from jobs where resource_count <> (select count(*) from cost_results where job_id = id)
        or total_monthly_cost <> (select sum(total_monthly_cost) from cost_results where job_id = id)
        or total_monthly_cost <> (select sum(total_monthly_cost) from service_costs where job_id = id)
        or total_monthly_cost <> (select sum(total_monthly_cost) from region_costs where job_id = id)
        or (select count(*) from idempotency_keys where job_id = id) <> 1`);
    expect(broken).toEqual([]);
    const { rows } = await client.query<{ key: string; job_id: string; stored: boolean }>(
      `select key, job_id, exists (select from jobs where id = job_id) as stored
       from idempotency_keys where starts_with(key, $1)`,
      [`${name},`],
    );
    expect(rows.filter(({ stored }) => !stored)).toEqual([]);
    const keys = new Map(rows.map(({ key, job_id }) => [key, job_id]));
    for (const [key, job] of acknowledged) expect([key, keys.get(key)]).toEqual([key, job]);
    return { keys };
  } finally {
    await client.end();
  }
}
