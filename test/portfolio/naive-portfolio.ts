import { compare, subtract, sum } from "../../src/lib/money.ts";
import type { PortfolioGroup } from "../../src/portfolio/portfolio.sql.ts";

/** A resource, as the naive portfolio needs it. */
export interface NaiveResource {
  readonly type: string;
  readonly provider: string | null;
  readonly module: string | null;
  readonly address: string;
  readonly service: string;
  readonly region: string;
  /** null: unknown. */
  readonly cost: string | null;
  /** The values of the tags, and their texts. */
  readonly tags: ReadonlyMap<string, Value>;
}

/** A value of a tag or a label, with its text. */
export interface Value {
  readonly value: unknown;
  readonly text: string;
}

/** A stored job, as the naive portfolio needs it. */
export interface NaiveJob {
  readonly id: string;
  readonly effectiveAt: Date;
  readonly userId: string;
  readonly currency: string;
  readonly project: string | null;
  readonly branch: string | null;
  readonly isDefaultBranch: boolean;
  readonly profile: string | null;
  readonly isComplete: boolean;
  readonly isExcluded: boolean;
  readonly total: string;
  readonly unsupported: number | null;
  readonly labels: ReadonlyMap<string, Value>;
  readonly resources: readonly NaiveResource[];
}

/** The conditions on jobs. */
export interface NaiveFilter {
  readonly project?: string;
  readonly projects?: readonly string[];
  readonly projectPrefix?: string;
  readonly branch?: string;
  readonly isDefaultBranch?: boolean;
  readonly profile?: string;
  readonly currency?: string;
  readonly userId?: string;
  readonly effectiveFrom?: string;
  readonly effectiveBefore?: string;
  readonly minTotalMonthlyCost?: string;
  readonly labels?: readonly { readonly key: string; readonly value?: string }[];
}

/** The arguments of a portfolio. */
export interface NaiveQuestion {
  readonly asOf: Date;
  readonly filter: NaiveFilter;
  readonly groupBy: PortfolioGroup;
  readonly key?: string | undefined;
  readonly maxAgeDays?: number | undefined;
  readonly first: number;
}

/** The order of a series. */
export function inOrder(a: NaiveJob, b: NaiveJob): number {
  return a.effectiveAt.getTime() - b.effectiveAt.getTime() || (a.id < b.id ? -1 : 1);
}

/** The portfolio of jobs in the plainest way there is: one job after the other. */
export function naivePortfolio(jobs: readonly NaiveJob[], question: NaiveQuestion) {
  const counted = currentJobs(jobs, question);
  const currencies = [...new Set(counted.map(({ currency }) => currency))].toSorted();
  const groups = currencies.flatMap((currency) =>
    naiveGroups(
      counted.filter((job) => job.currency === currency),
      question,
    ),
  );
  const totals = currencies.map((currency) => {
    const own = counted.filter((job) => job.currency === currency);
    const total = sum(own.map((job) => job.total));
    const ofGroups = groups.filter((group) => group.currency === currency);
    return {
      currency,
      totalMonthlyCost: total,
      unattributed: subtract(total, sum(ofGroups.map(({ totalMonthlyCost }) => totalMonthlyCost))),
      resourceCount: count(own, ({ resources }) => resources.length),
      unpricedResourceCount: count(own, ({ resources }) => unpriced(resources)),
      unsupportedResourceCount: count(own, ({ unsupported }) => unsupported ?? 0),
      jobCount: own.length,
      oldestJobAt: own.toSorted(inOrder)[0]?.effectiveAt.toISOString(),
    };
  });
  return { asOf: question.asOf.toISOString(), totals, groups };
}

/** The groups of jobs in one currency, largest first, and the rest. */
export function naiveGroups(
  jobs: readonly NaiveJob[],
  question: Pick<NaiveQuestion, "groupBy" | "key" | "first">,
) {
  const shares = jobs.flatMap((job) => sharesOf(job, question));
  const amountOf = (key: string | null, isOther: boolean, own: readonly Share[]) => ({
    key,
    isOther,
    currency: jobs[0]?.currency,
    totalMonthlyCost: sum(own.map(({ amount }) => amount)),
    resourceCount: count(own, ({ resources }) => resources.length),
    unpricedResourceCount: count(own, ({ resources }) => unpriced(resources)),
    jobCount: new Set(own.map(({ job }) => job.id)).size,
  });
  const ranked = [...Map.groupBy(shares, ({ key }) => key)].toSorted(([aKey, a], [bKey, b]) => {
    const byAmount = compare(sum(b.map(({ amount }) => amount)), sum(a.map(({ amount }) => amount)));
    if (byAmount !== 0) return byAmount;
    if (aKey === null || bKey === null) return aKey === null ? 1 : -1;
    return Buffer.compare(Buffer.from(aKey), Buffer.from(bKey));
  });
  const rest = ranked.slice(question.first).flatMap(([, own]) => own);
  return [
    ...ranked.slice(0, question.first).map(([key, own]) => amountOf(key, false, own)),
    ...(rest.length > 0 ? [amountOf(null, true, rest)] : []),
  ];
}

/** The part of a job in a group. */
interface Share {
  readonly key: string | null;
  readonly job: NaiveJob;
  readonly amount: string;
  readonly resources: readonly NaiveResource[];
}

function sharesOf(job: NaiveJob, { groupBy, key = "" }: Pick<NaiveQuestion, "groupBy" | "key">): Share[] {
  const whole = (group: string | null): Share[] => [
    { key: group, job, amount: job.total, resources: job.resources },
  ];
  const byResource = (groupOf: (resource: NaiveResource) => string | null): Share[] =>
    [...Map.groupBy(job.resources, groupOf)].map(([group, resources]) => ({
      key: group,
      job,
      amount: sum(resources.map(({ cost }) => cost ?? "0")),
      resources,
    }));
  switch (groupBy) {
    case "TOTAL":
      return whole("total");
    case "PROJECT":
      return whole(job.project);
    case "BRANCH":
      return whole(job.branch);
    case "PROFILE":
      return whole(job.profile);
    case "LABEL":
      return whole(job.labels.get(key)?.text ?? null);
    case "SERVICE":
      return byResource(({ service }) => service);
    case "REGION":
      return byResource(({ region }) => region);
    case "RESOURCE_TYPE":
      return byResource(({ type }) => type);
    case "PROVIDER":
      return byResource(({ provider }) => provider);
    case "MODULE":
      return byResource(({ module }) => module);
    case "TAG":
      return byResource(({ tags }) => tags.get(key)?.text ?? null);
  }
}

/** The jobs that meet the conditions of a filter that apply before the newest job is chosen, in their order. */
function inScope(jobs: readonly NaiveJob[], { asOf, filter, maxAgeDays }: NaiveQuestion): NaiveJob[] {
  const oldest = maxAgeDays === undefined ? -Infinity : asOf.getTime() - maxAgeDays * 86_400_000;
  const { project, projects, projectPrefix, branch, isDefaultBranch, profile, currency, userId } = filter;
  return jobs
    .toSorted(inOrder)
    .filter(
      (job) =>
        !job.isExcluded &&
        job.effectiveAt <= asOf &&
        job.effectiveAt.getTime() > oldest &&
        (project === undefined || job.project === project) &&
        (projects === undefined || (job.project !== null && projects.includes(job.project))) &&
        (projectPrefix === undefined || job.project?.startsWith(projectPrefix) === true) &&
        (branch === undefined || job.branch === branch) &&
        (isDefaultBranch === undefined || job.isDefaultBranch === isDefaultBranch) &&
        (profile === undefined || job.profile === profile) &&
        (currency === undefined || job.currency === currency) &&
        (userId === undefined || job.userId === userId) &&
        (filter.effectiveFrom === undefined || job.effectiveAt >= new Date(filter.effectiveFrom)) &&
        (filter.effectiveBefore === undefined || job.effectiveAt < new Date(filter.effectiveBefore)),
    );
}

/** The conditions on the current jobs. */
function isSelected(job: NaiveJob, filter: NaiveFilter): boolean {
  const { minTotalMonthlyCost: least } = filter;
  return (least === undefined || compare(job.total, least) >= 0) && hasLabels(job, filter);
}

function hasLabels(job: NaiveJob, { labels = [] }: NaiveFilter): boolean {
  return labels.every(({ key, value }) => {
    const found = job.labels.get(key);
    return found !== undefined && (value === undefined || found.text === value);
  });
}

function isOnCountedBranch(job: NaiveJob, { filter, groupBy }: NaiveQuestion): boolean {
  const anyBranch =
    groupBy === "BRANCH" || filter.branch !== undefined || filter.isDefaultBranch !== undefined;
  return anyBranch || job.isDefaultBranch;
}

function candidatesOf(jobs: readonly NaiveJob[], question: NaiveQuestion): NaiveJob[] {
  return inScope(jobs, question).filter(
    (job) =>
      job.isComplete &&
      job.project !== null &&
      (job.branch !== null || job.isDefaultBranch) &&
      isOnCountedBranch(job, question),
  );
}

function currentJobs(jobs: readonly NaiveJob[], question: NaiveQuestion): NaiveJob[] {
  const newest = new Map<string, NaiveJob>();
  for (const job of candidatesOf(jobs, question)) {
    const { project, profile, currency, branch } = job;
    newest.set(JSON.stringify([project, profile, currency, question.groupBy === "BRANCH" && branch]), job);
  }
  return [...newest.values()].filter((job) => isSelected(job, question.filter));
}

/** The projects, or the number of jobs, of each warning. */
export function naiveWarnings(jobs: readonly NaiveJob[], question: NaiveQuestion): Record<string, string> {
  const scope = inScope(jobs, question);
  const counted = currentJobs(jobs, question);
  const candidates = candidatesOf(jobs, question);
  const selected = (job: NaiveJob) => isSelected(job, question.filter);
  const found: [code: string, project: string][] = [];
  for (const project of [...new Set(scope.flatMap((job) => job.project ?? []))].toSorted()) {
    const of = (list: readonly NaiveJob[]) => list.filter((job) => job.project === project);
    const own = of(counted);
    const isMissing = own.length === 0 && of(candidates).length === 0;
    const complete = of(scope).filter((job) => job.isComplete && selected(job));
    const isElsewhere = complete.some((job) => job.branch !== null);
    if (isMissing && isElsewhere) found.push(["NO_DEFAULT_BRANCH", project]);
    if (isMissing && !isElsewhere && complete.length > 0) found.push(["NO_BRANCH", project]);
    if (isStale(of(scope), of(candidates), question)) found.push(["INCOMPLETE_JOB", project]);
    if (new Set(own.map(({ profile }) => profile)).size > 1) found.push(["SEVERAL_PROFILES", project]);
    if (new Set(own.map(({ currency }) => currency)).size > 1) found.push(["SEVERAL_CURRENCIES", project]);
  }
  const alone = scope.filter((job) => job.project === null && job.isComplete && selected(job)).length;
  const byCode = [...Map.groupBy(found, ([code]) => code)].map(
    ([code, of]) => [code, of.map(([, project]) => project).join(", ")] as const,
  );
  return Object.fromEntries([...byCode, ...(alone > 0 ? [["NO_PROJECT", String(alone)]] : [])]);
}

/** Whether an older job counts in place of an incomplete job of a project, or none. */
function isStale(scope: readonly NaiveJob[], candidates: readonly NaiveJob[], question: NaiveQuestion) {
  const { groupBy, filter } = question;
  const isOfBranch = (a: NaiveJob, b: NaiveJob) => groupBy !== "BRANCH" || a.branch === b.branch;
  const isOfKey = (a: NaiveJob, b: NaiveJob) =>
    a.profile === b.profile && a.currency === b.currency && isOfBranch(a, b);
  const selectsBranches = filter.branch !== undefined || filter.isDefaultBranch !== undefined;
  const failed = scope.filter(
    (job) =>
      !job.isComplete &&
      isOnCountedBranch(job, question) &&
      (selectsBranches || job.branch !== null || job.isDefaultBranch),
  );
  return failed.some((job) => {
    if (failed.some((other) => other !== job && isOfKey(other, job) && inOrder(other, job) > 0)) return false;
    const ofBranch = candidates.filter((other) => isOfBranch(other, job));
    const replacement = ofBranch.findLast((other) => isOfKey(other, job)) ?? ofBranch.at(-1);
    const isLabelled = [job, replacement ?? job].some((one) => hasLabels(one, filter));
    return isLabelled && (replacement === undefined || inOrder(replacement, job) < 0);
  });
}

function count<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function unpriced(resources: readonly NaiveResource[]): number {
  return resources.filter(({ cost }) => cost === null).length;
}
