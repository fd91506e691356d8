import type { TestService } from "../support/service.ts";
import { get } from "./tokens.ts";

/** Everything there is to ask for, of a base and a target job: every query with its nested fields. */
const OPERATIONS = {
  job: `query ($a: ID!) { job(id: $a) {
    id project resourceCount services { service totalMonthlyCost } regions { region services { service } }
    previous { id services { service } resources { totalCount } }
    baseline { id } ofBranch: baseline(branch: "main") { id } ofCommit: baseline(commitSha: "c0ffee") { id }
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
  comparePortfolios: comparePortfolios('base: { asOf: "2020-01-01T00:00:00Z" }, target: {}'),
  comparePortfoliosOfBaselines: comparePortfolios("target: { filter: { isDefaultBranch: true } }"),
  comparePortfoliosOfProjects: comparePortfolios(
    'base: { filter: { projectPrefix: "" } }, target: { filter: { projects: ["mine", "theirs"] } }',
  ),
  attribution: `query ($a: ID!, $b: ID!) { compareJobs(baseJobId: $a, targetJobId: $b) {
    attribution { price quantity added removed newlyPriced becameUnpriced other }
    resources(first: 5) { nodes { attribution { added other } components { name delta attribution { other } } } }
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
  project: `{ project(name: "mine") { ${project()} } }`,
  projectOfTheOthers: `{ project(name: "theirs") { ${project()} } }`,
  projects: `{ projects(first: 2) { totalCount edges { cursor node { ${project()} } } pageInfo { hasNextPage endCursor } } }`,
  projectsByTime: `{ projects(last: 5, orderBy: LAST_JOB_AT_DESC, filter: { prefix: "", activeSince: "2020-01-01T00:00:00Z" }) {
    totalCount edges { cursor node { id name } } pageInfo { hasPreviousPage }
  } }`,
  projectsByTotal: `{ projects(orderBy: TOTAL_MONTHLY_COST_DESC, filter: { search: "E" }) {
    totalCount edges { cursor node { id totals { totalMonthlyCost } } }
  } }`,
  projectsOfALabel: `{ projects(filter: { labels: [{ key: "team" }] }) { totalCount nodes { id } } }`,
  node: `query ($a: ID!) { node(id: $a) { id ... on Job { project resources { nodes { id } } } } }`,
  nodes: `query ($a: ID!, $b: ID!) { nodes(ids: [$a, "project:mine", "project:theirs", "project:mine/below", $b]) {
    __typename id ... on Project { jobCount lastJobAt }
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
  // Of all projects, in fields of the jobs of others only, and in resources.
  search: search("in"),
  searchOfAll: search("mine"),
  searchOfTheOthers: search("theirs"),
  searchOfAddresses: search("bucket"),
  viewer: "{ viewer { name scope projects } }",
  newestAnomalies: `{ costAnomalies(first: 1) { job { id } } }`,
  costAnomalies: `{ costAnomalies { job { id project previous { id } } expected reason drivers { key delta } } }`,
};

/** A moment after all jobs, so that two answers about it are equal. */
const LATER = "2999-01-01T00:00:00Z";

/** The REST routes, of the same two jobs. */
const ROUTES = {
  "/jobs": () => "/jobs",
  "/jobs/{job_id}": (a: string) => `/jobs/${a}`,
  "/jobs/{job_id}/resources": (a: string) => `/jobs/${a}/resources`,
  "/jobs/{job_id}/services": (a: string) => `/jobs/${a}/services`,
  "/jobs/{job_id}/regions": (a: string) => `/jobs/${a}/regions`,
  "/compare": (a: string, b: string) => `/compare?job_id_1=${a}&job_id_2=${b}`,
  "/compare.csv": (a: string, b: string) => `/compare.csv?job_id_1=${a}&job_id_2=${b}`,
  "/compare/portfolios": () => "/compare/portfolios?base_as_of=2020-01-01T00:00:00Z&attribution=true&limit=2",
  "/compare/portfolios.csv": () => "/compare/portfolios.csv?is_default_branch=true",
  "/portfolio": () => `/portfolio?group_by=tag&key=team&as_of=${LATER}`,
  "/portfolio.csv": () => `/portfolio.csv?projects=mine&projects=theirs&as_of=${LATER}`,
  "/trend": () => "/trend?group_by=project&interval=month",
  "/trend.csv": () => "/trend.csv?group_by=service&interval=month",
  "/resources.csv": () => "/resources.csv?projects=mine&projects=theirs",
  "/resources.focus.csv": () => "/resources.focus.csv?projects=mine&projects=theirs",
  "/resources.json": () => "/resources.json?projects=mine&projects=theirs&project_prefix=",
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

function project(): string {
  return `id name jobCount firstJobAt lastJobAt
    totals { currency totalMonthlyCost resourceCount jobCount oldestJobAt }
    latestJob { id services { id } resources { nodes { id job { id } } } } ofMain: latestJob(branch: "main") { id }
    branches { totalCount edges { cursor node { name isDefault jobCount lastJobAt latestJob { id project } } } pageInfo { hasNextPage } }`;
}

function comparePortfolios(sides: string): string {
  return `{ comparePortfolios(${sides}) {
    totals { currency baseMonthlyCost targetMonthlyCost delta percentageChange } warnings { code message }
    pairs(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes {
      project change delta base { id project } target { id project } comparison { delta summary { unattributed } }
    } }
  } }`;
}

/** At a moment after all jobs, so that the answer stays the same. */
function portfolio(args: string): string {
  return `{ portfolio(asOf: "9000-01-01T00:00:00Z", ${args}) {
    asOf warnings { code message } groups { key isOther currency totalMonthlyCost resourceCount unpricedResourceCount jobCount }
    totals { currency totalMonthlyCost unattributed resourceCount jobCount oldestJobAt }
  } }`;
}

function search(text: string): string {
  return `{ search(text: "${text}", first: 3) {
    __typename ... on Project { projectId: id name jobCount } ... on Job { jobId: id project previous { id } }
    ... on CostResult { resultId: id resourceId job { id project } }
  } }`;
}

function trend(groupBy: string): string {
  return `{ costTrend(groupBy: ${groupBy}, interval: HOUR, first: 2) {
    series { key isOther currency delta points { start jobCount first last min max mean total unpricedResourceCount incompleteJobCount lastJob { id } } }
  } }`;
}
