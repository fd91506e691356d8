import type { TestService } from "../support/service.ts";
import { get } from "./tokens.ts";

/** Everything there is to ask for, of a base and a target job: every query with its nested fields. */
const OPERATIONS = {
  job: `query ($a: ID!) { job(id: $a) {
    id project resourceCount services { service totalMonthlyCost } regions { region services { service } }
    previous { id services { service } resources { totalCount } }
    groups(groupBy: SERVICE) { key totalMonthlyCost jobCount } tags: groups(groupBy: TAG, key: "team") { key }
    change { delta percentageChange } exclusion { reason excludedAt excludedBy } integrity { status message }
    resources(first: 2, filter: { service: "EC2", tags: [] }) { totalCount nodes { resourceId module job { id previous { id } } } }
  } }`,
  jobs: `{ jobs(first: 3) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id project previous { id } exclusion { reason } resources { totalCount nodes { resourceId } } services { service } regions { region } }
  } }`,
  jobsByTotal: `{ jobs(last: 4, orderBy: TOTAL_MONTHLY_COST_ASC, filter: { minTotalMonthlyCost: "0" }) {
    totalCount pageInfo { hasPreviousPage } nodes { id totalMonthlyCost }
  } }`,
  jobsOfTheOthers: `{ jobs(filter: { project: "theirs" }) { totalCount nodes { id } } }`,
  jobsOfAUser: `{ jobs(filter: { userId: "eve" }) { totalCount nodes { id } } }`,
  jobsOfFilters: `{ jobs(first: 3, orderBy: EFFECTIVE_AT_DESC, filter: {
    projects: ["mine", "theirs"], projectPrefix: "", isComplete: true, isDefaultBranch: true, isExcluded: false,
    effectiveFrom: "2020-01-01T00:00:00Z", effectiveBefore: "2999-01-01T00:00:00Z", labels: []
  }) { totalCount pageInfo { endCursor } nodes { id } } }`,
  jobsOfALabel: `{ jobs(filter: { labels: [{ key: "team" }] }) { totalCount nodes { id } } }`,
  compareJobs: `query ($a: ID!, $b: ID!) { compareJobs(baseJobId: $a, targetJobId: $b) {
    delta base { id } target { id }
    summary { added { resourceCount delta } changed { resourceCount delta } unattributed }
    services { key delta } regions { key delta } warnings { code message }
    resources(first: 5) { totalCount nodes { resourceId change delta base { id job { id } } target { id job { id } } } }
  } }`,
  topResources: `{ topResources(first: 20) { id resourceId totalMonthlyCost job { id project } } }`,
  topResourcesOfAll: `{ topResources(first: 20, latestOnly: false) { id job { id } } }`,
  costTrend: trend("TOTAL"),
  costTrendByProject: trend("PROJECT"),
  costTrendByBranch: trend("BRANCH"),
  costTrendByProfile: trend("PROFILE"),
  costTrendByService: trend("SERVICE"),
  costTrendByRegion: trend("REGION"),
  costTrendTotals: `{ costTrend(groupBy: PROJECT, first: 1, maxAgeDays: 3650) {
    series { key totals { start total jobCount unpricedResourceCount incompleteJobCount } points { lastJob { id project } } }
  } }`,
  // A range after all jobs: what is carried in is found in another way.
  costTrendCarriedIn: `{ costTrend(groupBy: PROJECT, first: 1,
    filter: { effectiveFrom: "9000-01-01T00:00:00Z", effectiveBefore: "9000-01-03T00:00:00Z" }) {
    series { key currency totals { start total jobCount } }
  } }`,
  portfolio: portfolio("groupBy: PROJECT"),
  portfolioByTotal: portfolio("groupBy: TOTAL, maxAgeDays: 36500"),
  portfolioByBranch: portfolio("groupBy: BRANCH"),
  portfolioByService: portfolio("groupBy: SERVICE"),
  portfolioByRegion: portfolio("groupBy: REGION, first: 1"),
  portfolioByProvider: portfolio("groupBy: PROVIDER"),
  portfolioByModule: portfolio("groupBy: MODULE"),
  portfolioByTag: portfolio('groupBy: TAG, key: "team"'),
  portfolioByLabel: portfolio('groupBy: LABEL, key: "team"'),
  portfolioOfAUser: portfolio('groupBy: PROJECT, filter: { userId: "eve" }'),
  portfolioOfTheOthers: portfolio('groupBy: RESOURCE_TYPE, filter: { projects: ["theirs", "mine"] }'),
  newestAnomalies: `{ costAnomalies(first: 1) { job { id } } }`,
  costAnomalies: `{ costAnomalies { job { id project previous { id } } expected reason drivers { key delta } } }`,
};

/** The REST routes, of the same two jobs. */
const ROUTES = {
  "/jobs": () => "/jobs",
  "/jobs/{job_id}": (a: string) => `/jobs/${a}`,
  "/jobs/{job_id}/resources": (a: string) => `/jobs/${a}/resources`,
  "/jobs/{job_id}/services": (a: string) => `/jobs/${a}/services`,
  "/jobs/{job_id}/regions": (a: string) => `/jobs/${a}/regions`,
  "/compare": (a: string, b: string) => `/compare?job_id_1=${a}&job_id_2=${b}`,
  "/jobs/{job_id}/resources.csv": (a: string) => `/jobs/${a}/resources.csv`,
  "/jobs/{job_id}/resources.focus.csv": (a: string) => `/jobs/${a}/resources.focus.csv`,
  "/jobs/{job_id}/resources.json": (a: string) => `/jobs/${a}/resources.json`,
};

/** The queries by their names in the schema, and the paths of the routes. */
export const ASKED = {
  queries: Object.values(OPERATIONS).map((text) => /\{ *(\w+)/.exec(text)?.[1] ?? text),
  routes: Object.keys(ROUTES),
};

/** Asks everything of two jobs, and returns every answer by its question. */
export async function askEverything(
  service: TestService,
  token: string,
  [a, b]: readonly [string, string],
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const [name, query] of Object.entries(OPERATIONS)) {
    const variables = { ...(query.includes("$a") && { a }), ...(query.includes("$b") && { b }) };
    answers[name] = await service.query(query, variables);
  }
  for (const [path, urlOf] of Object.entries(ROUTES)) {
    const { status, text } = await get(service, urlOf(a, b), token);
    answers[path] = { status, text };
  }
  return answers;
}

/** At a moment after all jobs, so that the answer stays the same. */
function portfolio(args: string): string {
  return `{ portfolio(asOf: "9000-01-01T00:00:00Z", ${args}) {
    asOf warnings { code message } groups { key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount }
    totals { currency totalMonthlyCost unattributed resourceCount jobCount oldestJobAt }
  } }`;
}

function trend(groupBy: string): string {
  return `{ costTrend(groupBy: ${groupBy}, interval: HOUR, first: 2) {
    series { key isOther currency delta points { start jobCount first last min max mean total unpricedResourceCount incompleteJobCount lastJob { id } } }
  } }`;
}
