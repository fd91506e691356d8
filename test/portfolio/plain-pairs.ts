import { Big } from "big.js";
import {
  baselineOf,
  effectiveAt,
  inOrder,
  isMember,
  isOnDefaultBranch,
  keyOf,
  type PlainJob,
} from "../support/plain-jobs.ts";

/** The conditions of a filter that the recount knows. */
export interface PlainFilter {
  readonly project?: string;
  readonly projects?: readonly string[];
  readonly projectPrefix?: string;
  readonly branch?: string;
  readonly isDefaultBranch?: boolean;
  readonly isComplete?: boolean;
  readonly profile?: "DEV" | "PROD";
  readonly currency?: string;
  readonly commitSha?: string;
  readonly runId?: string;
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
  readonly effectiveFrom?: Date;
  readonly effectiveBefore?: Date;
  readonly minTotalMonthlyCost?: string;
  readonly maxTotalMonthlyCost?: string;
  readonly labels?: readonly { readonly key: string; readonly value: string }[];
}

/** One side of a comparison. */
export interface PlainSide {
  readonly asOf?: Date;
  readonly maxAgeDays?: number;
  readonly filter?: PlainFilter;
}

/** A pair as it is answered. */
export interface PlainPair {
  readonly project: string;
  readonly profile: string | null;
  readonly currency: string;
  readonly change: string;
  readonly delta: string;
  readonly percentageChange: number | null;
  readonly base: { readonly id: string } | null;
  readonly target: { readonly id: string } | null;
}

/** The pairs, totals and warnings of two portfolios, recounted job by job. */
export function plainComparison(jobs: readonly PlainJob[], base: PlainSide | null, target: PlainSide) {
  const targets = currentJobs(jobs, target);
  const bases =
    base === null ? targets.flatMap((job) => baselineOf(jobs, job) ?? []) : currentJobs(jobs, base);
  const keys = [...new Set([...targets, ...bases].map(keyOf))];
  const pairs = keys.map((key) => {
    const of = (side: readonly PlainJob[]) => side.find((job) => keyOf(job) === key);
    return { base: of(bases), target: of(targets) };
  });
  return {
    pairs: pairs.map(({ base, target }) => pairOf(base, target)).toSorted(largestFirst),
    totals: totalsOf(bases, targets),
    warnings: warningsOf(jobs, base === null ? undefined : bases, targets, target),
  };
}

function currentJobs(jobs: readonly PlainJob[], side: PlainSide): PlainJob[] {
  const newest = new Map<string, PlainJob>();
  for (const job of jobs.toSorted(inOrder)) {
    if (isMember(job) && isInRange(job, side)) newest.set(keyOf(job), job);
  }
  return [...newest.values()].filter((job) => hasLabels(job, side) && hasAmount(job, side));
}

/** Step 1 of the rule, without the membership. */
function isInRange(job: PlainJob, { asOf = new Date(), maxAgeDays, filter = {} }: PlainSide): boolean {
  const at = effectiveAt(job);
  return (
    at <= asOf.getTime() &&
    (maxAgeDays === undefined || at > asOf.getTime() - maxAgeDays * 86_400_000) &&
    (selectsBranches(filter) || isOnDefaultBranch(job)) &&
    (["project", "branch", "profile", "currency", "commitSha", "runId", "isComplete"] as const).every(
      (name) => filter[name] === undefined || filter[name] === job[name],
    ) &&
    (filter.isDefaultBranch === undefined || filter.isDefaultBranch === isOnDefaultBranch(job)) &&
    (filter.projects === undefined || filter.projects.includes(job.project ?? "")) &&
    (job.project ?? "").startsWith(filter.projectPrefix ?? "") &&
    (filter.createdFrom === undefined || job.createdAt >= filter.createdFrom) &&
    (filter.createdBefore === undefined || job.createdAt < filter.createdBefore) &&
    (filter.effectiveFrom === undefined || at >= filter.effectiveFrom.getTime()) &&
    (filter.effectiveBefore === undefined || at < filter.effectiveBefore.getTime())
  );
}

function selectsBranches({ branch, isDefaultBranch, commitSha, runId }: PlainFilter): boolean {
  return [branch, isDefaultBranch, commitSha, runId].some((value) => value !== undefined);
}

function hasLabels({ labels }: PlainJob, { filter }: PlainSide): boolean {
  return (filter?.labels ?? []).every(({ key, value }) => labels[key] === value);
}

function hasAmount({ total }: PlainJob, { filter }: PlainSide): boolean {
  const { minTotalMonthlyCost: least = total, maxTotalMonthlyCost: most = total } = filter ?? {};
  return new Big(total).gte(least) && new Big(total).lte(most);
}

function pairOf(base: PlainJob | undefined, target: PlainJob | undefined): PlainPair {
  const { project, profile, currency } = base ?? target ?? { project: null, profile: null, currency: "" };
  const delta = difference(base?.total, target?.total);
  return {
    project: project ?? "",
    profile,
    currency,
    change:
      base === undefined
        ? "ADDED"
        : target === undefined
          ? "REMOVED"
          : new Big(delta).eq(0)
            ? "UNCHANGED"
            : "CHANGED",
    delta,
    percentageChange: percentage(base?.total, delta),
    base: base === undefined ? null : { id: base.id },
    target: target === undefined ? null : { id: target.id },
  };
}

function difference(base = "0", target = "0"): string {
  return new Big(target).minus(base).toFixed(Math.max(digits(base), digits(target)));
}

function digits(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

function percentage(base: string | undefined, delta: string): number | null {
  if (base === undefined || new Big(base).eq(0)) return null;
  return new Big(delta).times(100).div(new Big(base).abs()).toNumber();
}

/** The order of bytes, which is that of code points. */
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Key = Pick<PlainPair, "project" | "profile" | "currency">;

function byKey(a: Key, b: Key): number {
  return (
    byBytes(a.project, b.project) ||
    byBytes(a.profile ?? "", b.profile ?? "") ||
    byBytes(a.currency, b.currency)
  );
}

function largestFirst(a: PlainPair, b: PlainPair): number {
  return new Big(b.delta).abs().cmp(new Big(a.delta).abs()) || byKey(a, b);
}

function totalsOf(bases: readonly PlainJob[], targets: readonly PlainJob[]) {
  const currencies = [...new Set([...bases, ...targets].map(({ currency }) => currency))].toSorted();
  return currencies.map((currency) => {
    const totalOf = (jobs: readonly PlainJob[]) => {
      const amounts = jobs.filter((job) => job.currency === currency).map(({ total }) => total);
      if (amounts.length === 0) return undefined;
      const sum = amounts.reduce((total, amount) => total.plus(amount), new Big(0));
      return sum.toFixed(Math.max(...amounts.map(digits)));
    };
    const [base, target] = [totalOf(bases), totalOf(targets)];
    const delta = difference(base, target);
    return {
      currency,
      baseMonthlyCost: base ?? null,
      targetMonthlyCost: target ?? null,
      delta,
      percentageChange: percentage(base, delta),
    };
  });
}

/** The jobs that each warning concerns, by code. @param bases undefined: each target job has its own baseline. */
function warningsOf(
  jobs: readonly PlainJob[],
  bases: readonly PlainJob[] | undefined,
  targets: readonly PlainJob[],
  side: PlainSide,
): Record<string, string[]> {
  const inRange = jobs.filter((job) => isInRange(job, side)).toSorted(inOrder);
  const failed = inRange.filter(
    (job) =>
      !job.isComplete &&
      !job.isExcluded &&
      job.project !== null &&
      (selectsBranches(side.filter ?? {}) || isMember({ ...job, isComplete: true })),
  );
  const notCompared = [...Map.groupBy(failed, keyOf).values()].flatMap((ofKey) => {
    const newest = ofKey.at(-1);
    if (newest === undefined) return [];
    const ofProject = inRange.filter((job) => isMember(job) && job.project === newest.project);
    const sameKey = ofProject.filter((job) => keyOf(job) === keyOf(newest));
    const replacement = (sameKey.length > 0 ? sameKey : ofProject).at(-1);
    if (replacement === undefined) return hasLabels(newest, side) ? [newest] : [];
    const isLabelled = hasLabels(newest, side) || hasLabels(replacement, side);
    return inOrder(replacement, newest) < 0 && isLabelled ? [newest] : [];
  });
  const ofProject = (job: PlainJob) =>
    (bases ?? jobs.filter((other) => isMember(other) && isMeasuredAgainst(other, job))).filter(
      ({ project }) => project === job.project,
    );
  const added = targets.filter((job) =>
    bases === undefined ? baselineOf(jobs, job) === null : !bases.some((base) => keyOf(base) === keyOf(job)),
  );
  return {
    INCOMPLETE_JOB: names(notCompared),
    CURRENCY_DIFFERS: names(
      added.filter((job) => ofProject(job).some(({ currency }) => currency !== job.currency)),
    ),
    PROFILE_DIFFERS: names(
      added.filter((job) => ofProject(job).some(({ profile }) => profile !== job.profile)),
    ),
  };
}

function isMeasuredAgainst(other: PlainJob, job: PlainJob): boolean {
  return (isOnDefaultBranch(other) || other.branch === job.targetBranch) && inOrder(other, job) < 0;
}

function names(jobs: readonly PlainJob[]): string[] {
  const sorted = jobs
    .map(({ project, profile, currency }) => ({ project: project ?? "", profile, currency }))
    .toSorted(byKey);
  return [
    ...new Set(
      sorted.map(({ project, profile, currency }) => `${project} (${profile ?? "no profile"}, ${currency})`),
    ),
  ];
}
