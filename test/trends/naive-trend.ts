import { Big } from "big.js";
import type { TrendGroup, TrendInterval } from "../../src/trends/cost-trend.sql.ts";
import type { Series } from "./ask-trend.ts";

/** A stored job, as the naive trend needs it. */
export interface NaiveJob {
  readonly at: Date;
  readonly currency: string;
  readonly project: string | undefined;
  readonly profile: string | undefined;
  readonly total: string;
  readonly region: string;
  /** By service, null where it is unknown. */
  readonly costs: Readonly<Record<string, string | null>>;
}

/** What is asked for. */
export interface NaiveQuestion {
  readonly interval: TrendInterval;
  readonly groupBy: TrendGroup;
  readonly timeZone: string;
  readonly first: number;
}

interface Amount {
  readonly at: Date;
  readonly job: number;
  readonly amount: Big;
  readonly isUnpriced: boolean;
}

/** The trend of jobs (the oldest first) in the plainest way there is; amounts in their shortest form. */
export function naiveTrend(jobs: readonly NaiveJob[], question: NaiveQuestion): Series[] {
  const currencies = [...new Set(jobs.map(({ currency }) => currency))].sort();
  return currencies.flatMap((currency) => {
    const groups = new Map<string, Amount[]>();
    for (const [index, job] of jobs.entries()) {
      if (job.currency !== currency) continue;
      for (const [key, costs] of costsOf(job, question.groupBy)) {
        groups.set(key, [...(groups.get(key) ?? []), { at: job.at, job: index, ...costs }]);
      }
    }
    const newest = (amounts: readonly Amount[]) => amounts.at(-1)?.amount ?? new Big(0);
    const ranked = [...groups].sort(([a, x], [b, y]) => newest(y).cmp(newest(x)) || (a < b ? -1 : 1));
    const shown = ranked.slice(0, question.first);
    const rest = ranked.slice(question.first).flatMap(([, amounts]) => amounts);
    return [
      ...shown.map(([key, amounts]) =>
        seriesOf(key === "" ? "(none)" : key, false, currency, amounts, question),
      ),
      ...(rest.length > 0 ? [seriesOf("other", true, currency, addedUp(rest), question)] : []),
    ];
  });
}

function costsOf(job: NaiveJob, groupBy: TrendGroup): [string, Pick<Amount, "amount" | "isUnpriced">][] {
  const isUnpriced = Object.values(job.costs).includes(null);
  const total = { amount: new Big(job.total), isUnpriced };
  switch (groupBy) {
    case "TOTAL":
      return [["total", total]];
    case "PROJECT":
      return [[job.project ?? "", total]];
    case "PROFILE":
      return [[job.profile ?? "", total]];
    case "SERVICE":
      return Object.entries(job.costs).map(([service, cost]) => [
        service,
        { amount: new Big(cost ?? 0), isUnpriced: cost === null },
      ]);
    case "REGION": {
      const amount = Object.values(job.costs).reduce((sum, cost) => sum.plus(cost ?? 0), new Big(0));
      return [[job.region, { amount, isUnpriced }]];
    }
  }
}

function addedUp(amounts: readonly Amount[]): Amount[] {
  const byJob = Map.groupBy(amounts, ({ job }) => job);
  return [...byJob]
    .sort(([a], [b]) => a - b)
    .map(([job, ofJob]) => ({
      job,
      at: ofJob[0]?.at ?? new Date(Number.NaN),
      amount: ofJob.reduce((sum, { amount }) => sum.plus(amount), new Big(0)),
      isUnpriced: ofJob.some(({ isUnpriced }) => isUnpriced),
    }));
}

const Mean = Big();
Mean.DP = 30;

function seriesOf(
  key: string,
  isOther: boolean,
  currency: string,
  amounts: readonly Amount[],
  { interval, timeZone }: NaiveQuestion,
): Series {
  const byInterval = Map.groupBy(amounts, ({ at }) => startOf(at, interval, timeZone));
  const points = [...byInterval].map(([start, inside]) => {
    const values = inside.map(({ amount }) => amount);
    const sorted = values.toSorted((a, b) => a.cmp(b));
    const sum = values.reduce((a, b) => a.plus(b), new Big(0));
    return {
      start,
      jobCount: inside.length,
      unpricedJobCount: inside.filter(({ isUnpriced }) => isUnpriced).length,
      first: values[0]?.toFixed() ?? "",
      last: values.at(-1)?.toFixed() ?? "",
      min: sorted[0]?.toFixed() ?? "",
      max: sorted.at(-1)?.toFixed() ?? "",
      mean: new Mean(sum).div(inside.length).toFixed(),
    };
  });
  const [from, to] = [amounts[0]?.amount ?? new Big(0), amounts.at(-1)?.amount ?? new Big(0)];
  const percentageChange = from.eq(0) ? null : new Mean(to).minus(from).times(100).div(from.abs()).toNumber();
  return { key, isOther, currency, delta: to.minus(from).toFixed(), percentageChange, points };
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

function intervalAt(at: Date, interval: TrendInterval, timeZone: string): string {
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
