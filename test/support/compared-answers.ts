import { estimate, resource } from "./estimates.ts";

/** A job, by the texts that filters find it by. */
export interface StoredJob {
  readonly id: string;
  readonly project: string;
  readonly branch: string;
  readonly userId: string;
  readonly terraformPlanHash: string;
}

/** The results of many requests: the number of correct responses, and the other responses. */
export interface Compared {
  readonly right: number;
  readonly others: readonly string[];
}

/** A request, and the data that it must be answered with. */
interface Question {
  readonly query: string;
  readonly variables: object;
  readonly data: unknown;
}

const SORTS = ["project", "branch", "userId", "terraformPlanHash"] as const;

const STORE = `mutation ($input: StoreEstimateInput!) {
  storeEstimate(input: $input) { created job { id project resources { nodes { resourceId } } } }
}`;

/** Sends an operation to a server, and returns the JSON of its answer. */
// biome-ignore lint/suspicious/noExplicitAny: the responses of any type are compared.
async function ask(url: string, query: string, variables: object): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Stores jobs, each filter of which finds a quarter, and never the same quarter. */
export async function storeJobs(url: string): Promise<StoredJob[]> {
  const jobs: StoredJob[] = [];
  for (let n = 0; n < 16; n++) {
    const names = {
      project: `project ${n % 4}`,
      branch: `branch ${Math.floor(n / 4)}`,
      userId: `user ${(n + Math.floor(n / 4)) % 4}`,
      terraformPlanHash: `plan ${n % 2} ${Math.floor(n / 8)}`,
    };
    const byResource = [resource({ resourceId: `resource ${n}` })];
    const answer = await ask(url, STORE, { input: { ...names, estimate: estimate({ byResource }) } });
    jobs.push({ ...names, id: answer.data.storeEstimate.job.id });
  }
  return jobs;
}

/**
 * Asks the servers, each by filters of its own and all at the same time, and compares what they answer. Each tenth
 * request stores an estimate, with a key that no other has.
 */
export async function compareAnswers(
  urls: readonly string[],
  jobs: readonly StoredJob[],
  { requests, clients }: { readonly requests: number; readonly clients: number },
): Promise<Compared> {
  const others: string[] = [];
  let sent = 0;
  let right = 0;
  async function client(): Promise<void> {
    while (sent < requests) {
      const n = sent++;
      const server = n % urls.length;
      const { query, variables, data } = question(jobs, n, server);
      const answer = JSON.stringify(await ask(urls[server] ?? "", query, variables).catch(String));
      if (answer === JSON.stringify({ data })) right++;
      else others.push(`${query} ${JSON.stringify(variables)}: ${answer}`);
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  return { right, others };
}

function question(jobs: readonly StoredJob[], n: number, server: number): Question {
  const job = jobs[n % jobs.length] as StoredJob;
  if (n % 10 === 9) return storing(n);
  if (n % 10 === 8) {
    return {
      query: "query ($id: ID!) { job(id: $id) { id project branch } }",
      variables: { id: job.id },
      data: { job: { id: job.id, project: job.project, branch: job.branch } },
    };
  }
  // Servers ask for their sorts of names in an order of their own.
  const sort = SORTS[(Math.floor(n / 7) + 2 * server) % SORTS.length] as (typeof SORTS)[number];
  const found = jobs.filter((other) => other[sort] === job[sort]).map(({ id }) => ({ id }));
  return {
    query: "query ($filter: JobFilter) { jobs(filter: $filter, orderBy: CREATED_AT_ASC) { nodes { id } } }",
    variables: { filter: { [sort]: job[sort] } },
    data: { jobs: { nodes: found } },
  };
}

let keys = 0;

/** Stores for a project that no filter contains. */
function storing(n: number): Question {
  const idempotencyKey = `key ${++keys}`;
  const byResource = [resource({ resourceId: `stored ${n}` })];
  const project = `stored ${n}`;
  const query = STORE.replace("job { id ", "job { ");
  const stored = { project, resources: { nodes: [{ resourceId: `stored ${n}` }] } };
  return {
    query,
    variables: { input: { idempotencyKey, project, estimate: estimate({ byResource }) } },
    data: { storeEstimate: { created: true, job: stored } },
  };
}
