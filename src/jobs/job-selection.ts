import { namesOf, type RequestedField, requestedOfRows } from "../graphql/requested-fields.ts";
import type { RegionCost } from "./job.types.ts";
import type { SelectedJob } from "./job-columns.queries.ts";
import type { JobPart } from "./job-part.loader.ts";
import { type ResourcesQuestion, resourcePage } from "./list-resources.ts";
import type { JobLoaders } from "./loaders.ts";

/** What is asked of jobs: their own fields, and the parts that are read along with them. */
export interface JobSelection {
  readonly fields: ReadonlySet<string>;
  readonly parts: readonly JobPart<unknown>[];
}

/** What an operation asks of jobs, by the fields below them. */
export function selectionOf(loaders: JobLoaders, requested: readonly RequestedField[]): JobSelection {
  return {
    fields: namesOf(requested),
    parts: requested.flatMap((field) => partOf(loaders, field) ?? []),
  };
}

/** What the regions of a job are read by, for what is asked of them. */
export function regionsFor(loaders: JobLoaders, requested: readonly RequestedField[]): JobPart<RegionCost> {
  return namesOf(requested).has("services") ? loaders.regions : loaders.regionsWithoutServices;
}

function partOf(loaders: JobLoaders, field: RequestedField): JobPart<unknown> | undefined {
  switch (field.name) {
    case "services":
      return loaders.services;
    case "regions":
      return regionsFor(loaders, field.fields());
    case "resources":
      return resourcesAskedFor(loaders, field);
    default:
      return undefined;
  }
}

function resourcesAskedFor(loaders: JobLoaders, field: RequestedField): JobPart<unknown> | undefined {
  try {
    // The schema has checked them; the field itself gets the same, as an instance of ResourcesArgs.
    const question = field.arguments() as ResourcesQuestion;
    return resourcePage(loaders, question, namesOf(requestedOfRows(field.fields())));
  } catch {
    // It fails again where it is asked for, with its path.
    return undefined;
  }
}

/** Hands the parts that have come along with jobs to those who answer them. */
export function keepParts({ parts }: JobSelection, jobs: readonly SelectedJob[]): void {
  for (const job of jobs) for (const [i, part] of parts.entries()) part.bring(job.id, job.parts[i] ?? []);
}
