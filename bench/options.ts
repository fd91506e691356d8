import { parseArgs } from "node:util";

/** What to measure, and for how long. */
export interface Options {
  /** Only workloads whose name begins with one of these, as "a" or "f-30"; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  /** How long one contender is measured at a time. */
  readonly seconds: number;
  /** How many connections, instead of each workload's own numbers. */
  readonly connections: readonly number[] | undefined;
  /** How many jobs of 30 resources there are. */
  readonly jobs: number;
  /** How many seconds the mix of reads and stores takes. */
  readonly soak: number;
  /** Compare a few questions at 10,000 jobs and at `jobs`, instead of everything else. */
  readonly scale: boolean;
  /** Measure what sealing costs and how fast everything is verified, instead of everything else. */
  readonly integrity: boolean;
  /** Measure portfolios of 2,001 series, instead of everything else. */
  readonly portfolio: boolean;
  /** Measure the page in Chromium, instead of everything else. */
  readonly page: boolean;
  /** Measure streams of events while jobs are stored, instead of everything else. */
  readonly live: boolean;
  /** Whether dist/ is made first. */
  readonly build: boolean;
}

const LARGE = 1_000_000;

/** Reads the command line; README.md describes it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: "string" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "2" },
      connections: { type: "string" },
      jobs: { type: "string", default: "20000" },
      large: { type: "boolean", default: false },
      soak: { type: "string", default: "20" },
      scale: { type: "boolean", default: false },
      integrity: { type: "boolean", default: false },
      portfolio: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
      live: { type: "boolean", default: false },
      build: { type: "boolean", default: true },
    },
  });
  return {
    only: values.only?.split(","),
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    connections: values.connections?.split(",").map((text) => positive("connections", text)),
    jobs: values.large ? LARGE : positive("jobs", values.jobs),
    soak: positive("soak", values.soak),
    scale: values.scale,
    integrity: values.integrity,
    portfolio: values.portfolio,
    page: values.page,
    live: values.live,
    build: values.build,
  };
}

/** How it was measured, for the report. */
export function describeOptions({ jobs, rounds, seconds }: Options): string {
  return (
    `${jobs.toLocaleString("en")} jobs of 30 resources; medians of ${rounds} interleaved rounds of ${seconds} s, ` +
    "spread (highest - lowest) / median; CPU is milliseconds of processor time a request."
  );
}

/** Whether a workload, or one of its variants, is among those asked for. */
export function isWanted({ only }: Options, name: string): boolean {
  return (
    only === undefined ||
    only.some((wanted) => `${name}-`.startsWith(`${wanted}-`) || wanted.startsWith(`${name}-`))
  );
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${name} must be a number above zero; it is "${text}"`);
}
