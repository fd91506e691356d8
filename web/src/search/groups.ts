import type { SearchQuery } from "../generated.ts";
import { hasMatch } from "./match.ts";

type Result = SearchQuery["search"][number];
type Found<Name extends Result["__typename"]> = Extract<Result, { __typename: Name }>;

/** A project that a search has found. */
export type FoundProject = Found<"Project">;
/** A job that a search has found. */
export type FoundJob = Found<"Job">;
/** A resource that a search has found. */
export type FoundResource = Found<"CostResult">;

/** Jobs that have the text in the same field. */
export interface JobGroup {
  readonly title: string;
  readonly found: readonly { readonly job: FoundJob; readonly value: string }[];
}

/** The fields of a job that a search compares, in their order on the screen. */
const FIELDS: readonly {
  readonly title: string;
  readonly isBeginning?: boolean;
  readonly values: (job: FoundJob) => readonly (string | null)[];
}[] = [
  { title: "Commits", isBeginning: true, values: ({ commitSha }) => [commitSha] },
  { title: "Branches", values: ({ branch }) => [branch] },
  {
    title: "Pull requests",
    values: ({ pullRequestTitle, pullRequestUrl }) => [pullRequestTitle, pullRequestUrl],
  },
  { title: "CI runs", values: ({ runId }) => [runId] },
  { title: "Labels", values: ({ labels }) => Object.entries(labels).map(labelText) },
];

/** Each result once: jobs at the first field that has the text. */
export function groupResults(results: readonly Result[], text: string) {
  const jobs = new Map<string, JobGroup["found"][number][]>();
  for (const job of results) {
    if (job.__typename !== "Job") continue;
    const { title, value } = matchOf(job, text);
    jobs.set(title, [...(jobs.get(title) ?? []), { job, value }]);
  }
  const titles = [...FIELDS.map(({ title }) => title), OTHER];
  return {
    projects: results.filter((result) => result.__typename === "Project"),
    jobs: titles.flatMap((title): JobGroup[] => {
      const found = jobs.get(title);
      return found === undefined ? [] : [{ title, found }];
    }),
    resources: results.filter((result) => result.__typename === "CostResult"),
  };
}

/** The database can know more about the case of letters than the browser. */
const OTHER = "Jobs";

function matchOf(job: FoundJob, text: string): { title: string; value: string } {
  for (const { title, isBeginning, values } of FIELDS) {
    const value = values(job).find((value) => value !== null && hasMatch(value, text, isBeginning));
    if (typeof value === "string") return { title, value };
  }
  return { title: OTHER, value: job.project ?? job.id };
}

function labelText([key, value]: [string, unknown]): string {
  return `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}
