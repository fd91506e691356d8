/** Jobs of one kind, at equal distances of time. */
export interface JobSet {
  /** Who stored them; null: one of 200 users in turn. */
  readonly user: string | null;
  readonly jobs: number;
  readonly projects: number;
  readonly resources: number;
  /** The trend reads no resources: eight services a job, and nothing below them. */
  readonly totalsOnly?: boolean;
  readonly from: string;
  readonly days: number;
}

/** The project and the year of the trend. */
export const TREND = { project: "trend-0", from: "2024-11-01T00:00:00Z", before: "2025-11-01T00:00:00Z" };

/** Who stored the jobs of 50 resources, and the two of 10,000. */
export const DETAIL_USER = "detail";
export const LARGE_USER = "large";

/** The two of 10,000 resources: the second is made from the first (data/changed-job.sql). */
export const LARGE_JOB: JobSet = {
  user: LARGE_USER,
  jobs: 1,
  projects: 1,
  resources: 10_000,
  from: "2024-10-01T00:00:00Z",
  days: 1,
};

/** The other jobs. Their times are those of no other set, and the ordinary ones are the newest. */
export function jobSets(jobs: number): JobSet[] {
  return [
    {
      user: "trend",
      jobs: 100_000,
      projects: 1,
      resources: 8,
      totalsOnly: true,
      from: TREND.from,
      days: 365,
    },
    // So many that a cache which holds the default number of bytes cannot hold them all.
    { user: DETAIL_USER, jobs: 5_000, projects: 50, resources: 50, from: "2025-11-01T00:00:00Z", days: 5 },
    { user: null, jobs, projects: 500, resources: 30, from: "2025-11-10T00:00:00Z", days: 355 },
  ];
}

/** A number of series that is divisible by three, so that each has one usage profile. */
export const SERIES = 2_001;

const PORTFOLIO = { user: "portfolio", projects: SERIES } as const;

/** The history of each series, and its newest three jobs of 300 resources. */
export const PORTFOLIO_SETS: readonly JobSet[] = [
  {
    ...PORTFOLIO,
    jobs: SERIES * 97,
    resources: 8,
    totalsOnly: true,
    from: "2025-01-01T00:00:00Z",
    days: 300,
  },
  { ...PORTFOLIO, jobs: SERIES * 3, resources: 300, from: "2025-11-01T00:00:00Z", days: 3 },
];
