import { COMMON, NEWEST_JOBS } from "../../src/search/jobs.sql.ts";
import type { Random } from "../support/random-selections.ts";

/** A stored job, as far as a search depends on it. */
export interface NaiveJob {
  readonly id: string;
  readonly project: string | null;
  readonly branch: string | null;
  readonly profile: "DEV" | "PROD" | null;
  readonly currency: string;
  readonly createdAt: Date;
  readonly statedComplete: boolean;
  readonly statedDefaultBranch: boolean;
  readonly isExcluded: boolean;
  readonly commitSha: string | null;
  readonly pullRequestUrl: string | null;
  readonly pullRequestTitle: string | null;
  readonly runId: string | null;
  readonly labels: Readonly<Record<string, unknown>>;
  /** The addresses of the resources, by cost rank. */
  readonly resources: readonly string[];
}

/** Characters with a meaning in SQL, LIKE, JSON or full-text search, and with special lower cases. */
const CHARACTERS = [..."aAbB12%_\\'\"\n\t&|!:*()<> -/.😀İıßÉéΣσς日K"];
const WORDS = [
  "main",
  "Main",
  "feature/Fix-1",
  "acme",
  "https://github.com/acme/shop",
  "module.web",
  "abc123",
];

function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

function randomText(random: Random): string {
  const length = 1 + Math.floor(random() * 5);
  const characters = Array.from({ length }, () => oneOf(random, CHARACTERS)).join("");
  return oneOf(random, [characters, characters, oneOf(random, WORDS), oneOf(random, WORDS) + characters]);
}

/** Random jobs, many of them in the same series. */
export function randomJobs(random: Random, count: number): NaiveJob[] {
  const text = () => randomText(random);
  const projects = Array.from({ length: 12 }, text);
  const branches = ["main", ...Array.from({ length: 4 }, text)];
  const start = Date.parse("2026-01-01T00:00:00Z");
  return Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    project: oneOf(random, [...projects, null]),
    branch: oneOf(random, [...branches, null]),
    profile: oneOf(random, ["DEV", "PROD", null] as const),
    currency: oneOf(random, ["USD", "USD", "EUR"]),
    createdAt: new Date(start + Math.floor(random() * 50) * 3_600_000),
    statedComplete: random() < 0.85,
    statedDefaultBranch: random() < 0.5,
    isExcluded: random() < 0.15,
    commitSha: oneOf(random, [null, text(), text()]),
    pullRequestUrl: oneOf(random, [null, text()]),
    pullRequestTitle: oneOf(random, [null, text()]),
    runId: oneOf(random, [null, text()]),
    labels: Object.fromEntries(
      Array.from({ length: Math.floor(random() * 4) }, () => [
        text(),
        oneOf(random, [text(), text(), 12, true, null, "", { a: text() }, [text()]]),
      ]),
    ),
    resources: Array.from({ length: Math.floor(random() * 4) }, text),
  }));
}

/** Texts to search for: parts of stored ones, in other cases, and random ones. */
export function randomSearch(random: Random, jobs: readonly NaiveJob[]): string {
  const job = oneOf(random, jobs);
  const stored = [
    ...textsOf(job),
    job.project ?? "",
    job.commitSha ?? "",
    ...job.resources,
    randomText(random),
  ].filter((text) => [...text].length >= 2);
  const characters = [...(oneOf(random, stored) ?? "main")];
  const from = oneOf(random, [0, 0, Math.floor(random() * (characters.length - 1))]);
  const part = characters.slice(from, from + 2 + Math.floor(random() * 8)).join("");
  return oneOf(random, [part, part, part.toUpperCase(), part.toLowerCase()]);
}

/** SQL that stores the jobs, for `pastTriggers`. */
export function insertJobs(jobs: readonly NaiveJob[]): string {
  const json = `'${JSON.stringify(jobs.map((job) => ({ ...job, resourceCount: job.resources.length }))).replaceAll("'", "''")}'::json`;
  return `
    insert into jobs (id, created_at, project, branch, profile, currency, schema_version, total_monthly_cost,
      resource_count, unpriced_resource_count, labels, warnings, stated_complete, stated_default_branch, commit_sha,
      pull_request_url, pull_request_title, run_id, shard_key)
    select id, "createdAt", project, branch, profile, currency, '1', 1, "resourceCount", 0, labels, '[]',
      "statedComplete", "statedDefaultBranch", "commitSha", "pullRequestUrl", "pullRequestTitle", "runId", 0
    from json_to_recordset(${json}) as job (id uuid, "createdAt" timestamptz, project text, branch text, profile text,
      currency text, "resourceCount" int, labels jsonb, "statedComplete" boolean, "statedDefaultBranch" boolean,
      "commitSha" text, "pullRequestUrl" text, "pullRequestTitle" text, "runId" text);
    insert into job_exclusions (job_id, number, is_excluded, reason, shard_key)
    select id, 1, true, 'wrong', 0 from json_to_recordset(${json}) as job (id uuid, "isExcluded" boolean)
    where "isExcluded";
    insert into cost_results (job_id, cost_rank, position, resource_id, resource_type, service, region,
      total_monthly_cost, compute_cost, storage_cost, network_cost, other_cost, cost_drivers, assumptions, tags, shard_key)
    select id, rank - 1, rank - 1, address, 'type', 'EC2', 'global', 1, 1, 0, 0, 0, '[]', '[]', '{}', 0
    from json_to_recordset(${json}) as job (id uuid, resources jsonb),
      jsonb_array_elements_text(resources) with ordinality as resource (address, rank)`;
}

/** SQL that stores jobs without a project, newer than the random ones, in none of which a search finds something. */
export function insertNewestJobs(count: number): string {
  return `
    insert into jobs (id, created_at, branch, currency, schema_version, total_monthly_cost, resource_count,
      unpriced_resource_count, labels, warnings, shard_key)
    select gen_random_uuid(), timestamptz '2026-06-01' + n * interval '1 second', 'zzzz', 'USD', '1', 1, 0, 0, '{}', '[]', 0
    from generate_series(1, ${count}) as n`;
}

/** The rules of a search. */
export interface NaiveSearch {
  /** The lower case, by the rules of PostgreSQL. */
  readonly lower: (text: string) => string;
  /** Whether the database has pg_trgm. */
  readonly hasTrigrams: boolean;
  /** The newest jobs beside the random ones. */
  readonly newestOthers: number;
}

/** The values of fields and labels that a search finds by any part. */
function textsOf({ branch, pullRequestUrl, pullRequestTitle, runId, labels }: NaiveJob): string[] {
  // The JSON text of PostgreSQL.
  const json = (value: unknown) => JSON.stringify(value).replace(/^(\{"a"):/, "$1: ");
  const values = Object.values(labels).map((value) => (typeof value === "string" ? value : json(value)));
  return [branch, pullRequestUrl, pullRequestTitle, runId, ...values].filter((text) => text !== null);
}

const isMember = (job: NaiveJob) =>
  job.project !== null &&
  job.statedComplete &&
  !job.isExcluded &&
  (job.branch !== null || job.statedDefaultBranch);

const byTime = (a: NaiveJob, b: NaiveJob) =>
  b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);

/** The order of code points. */
const byText = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The ids of the results of a search, by the rules in docs/api.md. */
export function expectedResults(
  jobs: readonly NaiveJob[],
  text: string,
  first: number,
  search: NaiveSearch,
): string[] {
  return [
    ...expectedProjects(jobs, text, first, search),
    ...expectedJobs(jobs, text, first, search),
    ...expectedResources(jobs, text, first, search),
  ];
}

function expectedProjects(
  jobs: readonly NaiveJob[],
  text: string,
  first: number,
  { lower }: NaiveSearch,
): string[] {
  const begins = (name: string) => lower(name).startsWith(lower(text));
  return [...new Set(jobs.flatMap(({ project }) => project ?? []))]
    .filter((name) => lower(name).includes(lower(text)))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)) || byText(a, b))
    .slice(0, first)
    .map((name) => `project:${name}`);
}

const seriesOf = ({ project, branch, profile, currency }: NaiveJob) =>
  JSON.stringify([project, branch, profile, currency]);

function expectedJobs(
  jobs: readonly NaiveJob[],
  text: string,
  first: number,
  { lower, hasTrigrams, newestOthers }: NaiveSearch,
): string[] {
  const begins = (job: NaiveJob) =>
    [...textsOf(job), job.commitSha ?? ""].some((value) => lower(value).startsWith(lower(text)));
  const contains = (job: NaiveJob) =>
    begins(job) || textsOf(job).some((value) => lower(value).includes(lower(text)));
  const newest = jobs.toSorted(byTime).slice(0, Math.max(0, NEWEST_JOBS - newestOthers));
  const foundInNewest = newest.filter(contains);
  const beginnings =
    foundInNewest.filter(begins).length < COMMON ? jobs.filter((job) => isMember(job) && begins(job)) : [];
  const mayReadAll =
    hasTrigrams &&
    /[a-z0-9]{3}/.test(lower(text)) &&
    foundInNewest.length < COMMON &&
    new Set(beginnings.map(seriesOf)).size < first;
  const found = new Set([...foundInNewest, ...beginnings, ...(mayReadAll ? jobs.filter(contains) : [])]);
  const bySeries = Map.groupBy([...found].filter(isMember).toSorted(byTime), seriesOf);
  return [...bySeries.values()]
    .flatMap(([job]) => job ?? [])
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)) || byTime(a, b))
    .slice(0, first)
    .map(({ id }) => id);
}

function expectedResources(
  jobs: readonly NaiveJob[],
  text: string,
  first: number,
  { lower }: NaiveSearch,
): string[] {
  const members = jobs.filter((job) => isMember(job) && job.statedDefaultBranch);
  const keyOf = ({ project, profile, currency }: NaiveJob) => JSON.stringify([project, profile, currency]);
  const current = [...Map.groupBy(members.toSorted(byTime), keyOf).values()].flatMap(([job]) => job ?? []);
  const found = current
    .toSorted(byTime)
    .flatMap((job) =>
      job.resources.map((address, rank) => ({ id: `${job.id}:${rank}`, address: lower(address) })),
    )
    .filter(({ address }) => address.includes(lower(text)));
  const begins = ({ address }: { address: string }) => Number(address.startsWith(lower(text)));
  return found
    .toSorted((a, b) => begins(b) - begins(a))
    .slice(0, first)
    .map(({ id }) => id);
}
