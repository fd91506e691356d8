import type { Database } from "../database/database.ts";
import type { CurrentJobs } from "../jobs/current-jobs.sql.ts";
import {
  MAX_COUNTED_JOBS,
  type PortfolioWarningCode,
  readWarnings,
  type WarningRow,
} from "./portfolio-warnings.sql.ts";

/** Jobs that a portfolio counts more than once, or not at all; the names are those of the GraphQL type. */
export interface PortfolioWarning {
  readonly code: PortfolioWarningCode;
  readonly message: string;
}

/** The sentences about projects, by code, in the order of the warnings. The names of the projects follow. */
const ABOUT_PROJECTS: Readonly<Record<Exclude<PortfolioWarningCode, "NO_PROJECT">, string>> = {
  NO_DEFAULT_BRANCH:
    "These projects have jobs on other branches than the default branch only, and do not count",
  NO_BRANCH:
    "These projects have complete jobs without a branch only, which are in no series, and do not count",
  INCOMPLETE_JOB: "The newest job of these projects is not complete, so that an older job counts, or none",
  SEVERAL_PROFILES: "These projects count once for each of their usage profiles",
  SEVERAL_CURRENCIES: "These projects count once in each of their currencies",
};

const ORDER: readonly string[] = [...Object.keys(ABOUT_PROJECTS), "NO_PROJECT"];

/** The warnings about the current jobs of a portfolio, in a fixed order. */
export async function warnAboutPortfolio(
  db: Database,
  current: CurrentJobs,
  asOf: Date,
): Promise<PortfolioWarning[]> {
  const read = await readWarnings(db, current, asOf);
  return read
    .map((row) => ({ code: row.code, message: messageOf(row) }))
    .toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
}

function messageOf({ code, count, projects }: WarningRow): string {
  if (code === "NO_PROJECT") {
    const jobs = count > MAX_COUNTED_JOBS ? `more than ${MAX_COUNTED_JOBS}` : String(count);
    return `Jobs without a project are in no series, and do not count: ${jobs}`;
  }
  const more = count - projects.length;
  return `${ABOUT_PROJECTS[code]}: ${[...projects, ...(more > 0 ? [`and ${more} more`] : [])].join(", ")}`;
}
