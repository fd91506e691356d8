import { Big } from "big.js";
import { compare, percentageChange, subtract, sum } from "../../src/lib/money.ts";
import type { TrendGroup } from "../../src/trends/cost-trend.sql.ts";
import type { TrendInterval } from "../../src/trends/trend-intervals.sql.ts";
import type { PointWithTotal, SeriesWithTotals, Total } from "./ask-trend.ts";

/** A stored job, as the naive trend needs it. */
export interface NaiveJob {
  readonly id: string;
  readonly createdAt: Date;
  readonly estimatedAt: Date | undefined;
  readonly userId: string;
  readonly currency: string;
  readonly project: string | undefined;
  readonly branch: string | undefined;
  readonly isDefaultBranch: boolean | undefined;
  readonly profile: string | undefined;
  readonly isComplete: boolean;
  readonly isExcluded: boolean;
  readonly total: string;
  readonly region: string;
  /** By service, null where it is unknown. */
  readonly costs: Readonly<Record<string, string | null>>;
}

/** The conditions on jobs. */
export interface NaiveFilter {
  readonly project?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  readonly projectPrefix?: string | undefined;
  readonly branch?: string | undefined;
  readonly profile?: string | undefined;
  readonly currency?: string | undefined;
  readonly userId?: string | undefined;
  readonly isDefaultBranch?: boolean | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly effectiveFrom?: Date | undefined;
  readonly effectiveBefore?: Date | undefined;
  readonly minTotalMonthlyCost?: string | undefined;
  readonly maxTotalMonthlyCost?: string | undefined;
}

/** What is asked for. */
export interface NaiveQuestion {
  readonly filter: NaiveFilter;
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number;
  readonly maxAgeDays?: number | undefined;
}

/** What a job has of a group. */
interface Share {
  readonly job: NaiveJob;
  readonly amount: string;
  readonly unpriced: number;
}

type Shares = ReadonlyMap<string, readonly Share[]>;

/** The trend of jobs in the plainest way there is, recounted for each interval. */
export function naiveTrend(all: readonly NaiveJob[], question: NaiveQuestion): SeriesWithTotals[] {
  const { filter } = question;
  const jobs = all.filter((job) => !job.isExcluded).toSorted(inOrder);
  const matching = jobs.filter((job) => matches(job, filter) && isSelected(job, filter));
  const begins = [filter.createdFrom, filter.effectiveFrom].flatMap((begin) => begin ?? []);
  const since =
    begins.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? (matching[0] && effectiveAt(matching[0]));
  const until = filter.effectiveBefore ?? new Date(Date.now() + 1);
  if (since === undefined || since >= until) return [];
  const inRange = matching.filter((job) => effectiveAt(job) >= since && effectiveAt(job) < until);
  const starts = intervals(since, until, question);
  const ends = starts.map((_, i) => new Date(starts[i + 1] ?? until));
  const current = ends.map((end) => currentJobs(jobs, new Date(end.getTime() - 1), question));
  return [...new Set(all.map(({ currency }) => currency))].sort().flatMap((currency) => {
    const ofCurrency = (some: readonly NaiveJob[]) => some.filter((job) => job.currency === currency);
    return seriesOfCurrency(currency, starts, ofCurrency(inRange), current.map(ofCurrency), question);
  });
}

function effectiveAt({ createdAt, estimatedAt }: NaiveJob): Date {
  return estimatedAt !== undefined && estimatedAt <= createdAt ? estimatedAt : createdAt;
}

/** The order of series. */
export function inOrder(a: NaiveJob, b: NaiveJob): number {
  return effectiveAt(a).getTime() - effectiveAt(b).getTime() || (a.id < b.id ? -1 : 1);
}

function isOnDefaultBranch({ isDefaultBranch, branch }: NaiveJob): boolean {
  return isDefaultBranch ?? (branch === undefined || ["main", "master", "trunk"].includes(branch));
}

function matches(job: NaiveJob, filter: NaiveFilter): boolean {
  const { createdFrom, createdBefore, effectiveFrom, effectiveBefore, isDefaultBranch } = filter;
  const { projects, projectPrefix } = filter;
  return (
    (projects === undefined || (job.project !== undefined && projects.includes(job.project))) &&
    (projectPrefix === undefined || job.project?.startsWith(projectPrefix) === true) &&
    (["project", "branch", "profile", "currency", "userId"] as const).every(
      (name) => filter[name] === undefined || filter[name] === job[name],
    ) &&
    (isDefaultBranch === undefined || isDefaultBranch === isOnDefaultBranch(job)) &&
    (createdFrom === undefined || job.createdAt >= createdFrom) &&
    (createdBefore === undefined || job.createdAt < createdBefore) &&
    (effectiveFrom === undefined || effectiveAt(job) >= effectiveFrom) &&
    (effectiveBefore === undefined || effectiveAt(job) < effectiveBefore)
  );
}

function isSelected({ total }: NaiveJob, { minTotalMonthlyCost, maxTotalMonthlyCost }: NaiveFilter): boolean {
  return (
    (minTotalMonthlyCost === undefined || compare(total, minTotalMonthlyCost) >= 0) &&
    (maxTotalMonthlyCost === undefined || compare(total, maxTotalMonthlyCost) <= 0)
  );
}

/** The current jobs of the filter at a moment. */
export function currentJobs(
  ordered: readonly NaiveJob[],
  moment: Date,
  { filter, groupBy, maxAgeDays }: Pick<NaiveQuestion, "filter" | "groupBy" | "maxAgeDays">,
): NaiveJob[] {
  const byBranch = groupBy === "BRANCH";
  const anyBranch = byBranch || filter.branch !== undefined || filter.isDefaultBranch !== undefined;
  const oldest = maxAgeDays === undefined ? -Infinity : moment.getTime() - maxAgeDays * 86_400_000;
  const newest = new Map<string, NaiveJob>();
  for (const job of ordered) {
    const { project, branch, profile, currency, isComplete } = job;
    const isMember = isComplete && project !== undefined && (branch !== undefined || isOnDefaultBranch(job));
    if (!isMember || !(anyBranch || isOnDefaultBranch(job))) continue;
    if (effectiveAt(job) > moment || effectiveAt(job).getTime() <= oldest) continue;
    if (!matches(job, { ...filter, createdFrom: undefined, effectiveFrom: undefined })) continue;
    newest.set(JSON.stringify([project, profile, currency, byBranch && (branch ?? null)]), job);
  }
  return [...newest.values()].filter((job) => isSelected(job, filter));
}

function seriesOfCurrency(
  currency: string,
  starts: readonly string[],
  inRange: readonly NaiveJob[],
  current: readonly (readonly NaiveJob[])[],
  question: NaiveQuestion,
): SeriesWithTotals[] {
  const { groupBy, first, interval, timeZone } = question;
  const severalKeys = groupBy === "SERVICE" || groupBy === "REGION";
  const complete = sharesOf(
    inRange.filter(({ isComplete }) => isComplete),
    groupBy,
  );
  const incomplete = inRange.filter(({ isComplete }) => !isComplete);
  const currentShares = current.map((jobs) => sharesOf(jobs, groupBy));
  const keys = new Set([
    ...complete.keys(),
    ...currentShares.flatMap((shares) => [...shares.keys()]),
    ...(severalKeys ? [] : sharesOf(incomplete, groupBy).keys()),
  ]);
  const seriesOf = (key: string, isOther: boolean, of: readonly string[]): SeriesWithTotals => {
    const failed = incomplete
      .filter((job) => severalKeys || of.includes(keyOf(job, groupBy)))
      .map((job) => startOf(effectiveAt(job), interval, timeZone));
    const totals = starts.map((start, i): Total => {
      const shares = takenTogether(currentShares[i] ?? new Map(), of);
      const isKnown = severalKeys ? (current[i]?.length ?? 0) > 0 : shares.length > 0;
      return {
        start,
        total: isKnown ? sum(shares.map(({ amount }) => amount)) : null,
        jobCount: shares.length,
        unpricedResourceCount: shares.reduce((count, { unpriced }) => count + unpriced, 0),
        incompleteJobCount: failed.filter((at) => at === start).length,
      };
    });
    const points = pointsOf(takenTogether(complete, of), totals, question);
    const known = totals.flatMap(({ total }) => total ?? []);
    const amounts = known.length > 0 ? known : points.flatMap((point) => [point.first, point.last]);
    const [from, to] = [amounts[0] ?? "0", amounts.at(-1) ?? "0"];
    return {
      key,
      isOther,
      currency,
      delta: subtract(to, from),
      percentageChange: percentageChange(from, to),
      points,
      totals,
    };
  };
  const newest = ({ points, totals }: SeriesWithTotals) =>
    totals.findLast(({ total }) => total !== null)?.total ?? points.at(-1)?.last;
  const ranked = [...keys]
    .map((key) => ({ key, series: seriesOf(key === "" ? "(none)" : key, false, [key]) }))
    .toSorted((a, b) => {
      const [x, y] = [newest(a.series), newest(b.series)];
      const byAmount = x === undefined || y === undefined ? Number(!x) - Number(!y) : compare(y, x);
      return byAmount || (a.key < b.key ? -1 : 1);
    });
  const rest = ranked.slice(first).map(({ key }) => key);
  return [
    ...ranked.slice(0, first).map(({ series }) => series),
    ...(rest.length > 0 ? [seriesOf("other", true, rest)] : []),
  ];
}

function keyOf(job: NaiveJob, groupBy: TrendGroup): string {
  switch (groupBy) {
    case "PROJECT":
      return job.project ?? "";
    case "BRANCH":
      return job.branch ?? "";
    case "PROFILE":
      return job.profile ?? "";
    default:
      return "total";
  }
}

/** The shares of jobs by group. */
function sharesOf(jobs: readonly NaiveJob[], groupBy: TrendGroup): Shares {
  const shares = jobs.flatMap((job): [string, Share][] => {
    const unpriced = Object.values(job.costs).filter((cost) => cost === null).length;
    if (groupBy === "SERVICE") {
      return Object.entries(job.costs).map(([service, cost]) => [
        service,
        { job, amount: cost ?? "0", unpriced: cost === null ? 1 : 0 },
      ]);
    }
    if (groupBy === "REGION") {
      return [
        [job.region, { job, amount: sum(Object.values(job.costs).map((cost) => cost ?? "0")), unpriced }],
      ];
    }
    return [[keyOf(job, groupBy), { job, amount: job.total, unpriced }]];
  });
  const byKey = Map.groupBy(shares, ([key]) => key);
  return new Map([...byKey].map(([key, ofKey]) => [key, ofKey.map(([, share]) => share)]));
}

/** The shares of some groups, added up for each job. */
function takenTogether(shares: Shares, keys: readonly string[]): Share[] {
  const byJob = Map.groupBy(
    keys.flatMap((key) => shares.get(key) ?? []),
    ({ job }) => job,
  );
  return [...byJob]
    .map(([job, ofJob]) => ({
      job,
      amount: sum(ofJob.map(({ amount }) => amount)),
      unpriced: ofJob.reduce((count, { unpriced }) => count + unpriced, 0),
    }))
    .toSorted((a, b) => inOrder(a.job, b.job));
}

const Mean = Big();
Mean.DP = 30;

function pointsOf(
  shares: readonly Share[],
  totals: readonly Total[],
  { interval, timeZone }: NaiveQuestion,
): PointWithTotal[] {
  const byInterval = Map.groupBy(shares, ({ job }) => startOf(effectiveAt(job), interval, timeZone));
  return [...byInterval].map(([start, inside]) => {
    const values = inside.map(({ amount }) => amount);
    const sorted = values.toSorted(compare);
    const total = totals.find((one) => one.start === start);
    return {
      start,
      jobCount: inside.length,
      unpricedJobCount: inside.filter(({ unpriced }) => unpriced > 0).length,
      first: values[0] ?? "",
      last: values.at(-1) ?? "",
      min: sorted[0] ?? "",
      max: sorted.at(-1) ?? "",
      mean: new Mean(sum(values)).div(inside.length).toFixed(),
      total: total?.total ?? null,
      unpricedResourceCount: total?.unpricedResourceCount ?? Number.NaN,
      incompleteJobCount: total?.incompleteJobCount ?? Number.NaN,
    };
  });
}

/** The starts of all intervals of a range, found in steps of a quarter of an hour. */
function intervals(since: Date, until: Date, { interval, timeZone }: NaiveQuestion): string[] {
  const starts = new Set<string>();
  const step = interval === "HOUR" ? 900_000 : 3 * 3_600_000;
  for (let time = since.getTime(); time < until.getTime(); time += step) {
    starts.add(startOf(new Date(time), interval, timeZone));
  }
  starts.add(startOf(new Date(until.getTime() - 1), interval, timeZone));
  return [...starts];
}

const starts = new Map<string, string>();

/** Goes back in steps of a quarter of an hour for as long as the calendar of the time zone shows the same interval. */
function startOf(at: Date, interval: TrendInterval, timeZone: string): string {
  const quarter = 900_000;
  const shown = (time: number) => intervalAt(new Date(time), interval, timeZone);
  const memory = `${timeZone} ${interval} ${shown(at.getTime())}`;
  const known = starts.get(memory);
  if (known !== undefined) return known;
  let start = Math.floor(at.getTime() / quarter) * quarter;
  while (shown(start - quarter) === shown(at.getTime())) start -= quarter;
  const text = new Date(start).toISOString();
  starts.set(memory, text);
  return text;
}

const formats = new Map<string, Intl.DateTimeFormat>();

const shownBefore = new Map<string, string>();

function intervalAt(at: Date, interval: TrendInterval, timeZone: string): string {
  const memory = `${timeZone} ${interval} ${at.getTime()}`;
  const known = shownBefore.get(memory) ?? calendarInterval(at, interval, timeZone);
  shownBefore.set(memory, known);
  return known;
}

function calendarInterval(at: Date, interval: TrendInterval, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      timeZoneName: "longOffset",
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  if (interval === "HOUR") return `${day} ${parts.hour} ${parts.timeZoneName}`;
  if (interval === "MONTH") return `${parts.year}-${parts.month}`;
  if (interval === "DAY") return day;
  const daysSinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return new Date(Date.parse(`${day}T00:00:00Z`) - daysSinceMonday * 86_400_000).toISOString();
}
