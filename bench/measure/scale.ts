import { withClient } from "../database/cluster.ts";
import type { Server } from "../servers/server.ts";
import { operation } from "../workloads/workload.ts";
import { putLoad } from "./load.ts";
import type { Request } from "./send.ts";
import { median, quantile } from "./statistics.ts";

/** How long ours takes for one question on a small and on a large database, in milliseconds. */
export interface Scale {
  readonly question: string;
  readonly small: number;
  readonly large: number;
  /** The most on the large database, in milliseconds; undefined: as long as on the small one. */
  readonly mostMs: number | undefined;
}

/** Ours on one database. */
export interface Place {
  readonly server: Server;
  readonly databaseUrl: string;
}

/** The 10,000th page of 10 begins behind this job; the small database has as many, the trend's included. */
const BEFORE_LAST_PAGE = 99_990;

/** The most of a search, which reads the names of all projects and all current jobs. */
const MOST_MS = 100;
const MARKS: Readonly<Record<string, number>> = {
  "search, selective": MOST_MS,
  "search, not selective": MOST_MS,
  "search without a result": MOST_MS,
};

const PAGE = "nodes { id createdAt project userId currency totalMonthlyCost resourceCount }";

/** Asks each question in turn of the small and of the large database, in so many rounds. */
export async function measureScale(
  small: Place,
  large: Place,
  rounds: number,
  seconds: number,
): Promise<Scale[]> {
  const [asked, askedLarge] = [await questionsAt(small), await questionsAt(large)];
  const found: Scale[] = [];
  for (const [question, request] of asked) {
    const requestLarge = askedLarge.get(question) ?? request;
    const times: { small: number; large: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      times.push({
        small: await latency(small.server, request, seconds),
        large: await latency(large.server, requestLarge, seconds),
      });
    }
    // The first is for warming up.
    const counted = times.slice(1);
    found.push({
      question,
      small: median(counted.map((time) => time.small)),
      large: median(counted.map((time) => time.large)),
      mostMs: MARKS[question],
    });
  }
  return found;
}

async function questionsAt({ databaseUrl }: Place): Promise<Map<string, Request>> {
  const after = await cursorBeforeLastPage(databaseUrl);
  return new Map([
    ["first page", operation(`{ jobs(first: 10) { ${PAGE} } }`)],
    ["10,000th page by cursor", operation(`{ jobs(first: 10, after: "${after}") { ${PAGE} } }`)],
    ["first page of a user", operation(`{ jobs(first: 10, filter: { userId: "user-7" }) { ${PAGE} } }`)],
    [
      "first page of a project",
      operation(`{ jobs(first: 10, filter: { project: "project-7" }) { ${PAGE} } }`),
    ],
    ["projects by name", operation(projects("NAME_ASC"))],
    ["projects by their last job", operation(projects("LAST_JOB_AT_DESC"))],
    ["projects by total", operation(projects("TOTAL_MONTHLY_COST_DESC"))],
    ["search, selective", operation(search("pull/1234"))],
    ["search, not selective", operation(search("example.com"))],
    ["search without a result", operation(search("no such text"))],
    [
      "trend of one project (100 jobs)",
      operation(
        `{ costTrend(filter: { project: "detail-7" }, groupBy: SERVICE) { series { key points { start last } } } }`,
      ),
    ],
  ]);
}

function projects(orderBy: string): string {
  return `{ projects(first: 20, orderBy: ${orderBy}) { nodes { id name totals { currency totalMonthlyCost } } } }`;
}

function search(text: string): string {
  return `{ search(text: "${text}") {
    __typename ... on Project { name } ... on Job { project branch effectiveAt } ... on CostResult { resourceId totalMonthlyCost }
  } }`;
}

/** The cursor is made as the service makes it: walking there would take 1,000 requests. */
async function cursorBeforeLastPage(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ id: string; created_at: Date }>(
      "select id, created_at from jobs order by created_at desc, id desc offset $1 limit 1",
      [BEFORE_LAST_PAGE - 1],
    );
    const [job] = rows;
    if (job === undefined) throw new Error("There are too few jobs for 10,000 pages.");
    const cursor = ["CREATED_AT_DESC", job.created_at.toISOString(), job.id];
    return Buffer.from(JSON.stringify(cursor)).toString("base64url");
  });
}

async function latency({ url }: Server, request: Request, seconds: number): Promise<number> {
  const { latencies } = await putLoad({ url, connections: 1, seconds, request: () => request });
  return quantile(latencies, 0.5);
}
