import type DataLoader from "dataloader";
import { validate as isUuid } from "uuid";
import type { Database } from "../database/database.ts";
import { type Connection, connectionOf } from "../graphql/connection.ts";
import { fieldNames, type RequestedField, requestedRowFields } from "../graphql/requested-fields.ts";
import { DomainError } from "../lib/errors.ts";
import { type Page, type PageArguments, pageOf, pageOfRows, withoutDefaultFirst } from "../lib/page.ts";
import type { CostResult, Job, RegionCost, ResourceFilter } from "./job.graphql.ts";
import {
  createCostResultLoader,
  createResourceCountLoader,
  createResourcePagePart,
  type JobPart,
  resourceCursor,
} from "./job-parts.sql.ts";
import {
  createJobLoader,
  createPreviousLoader,
  createRegionsPart,
  createServicesPart,
  type JobSelection,
  WHOLE_JOB,
} from "./job-rows.sql.ts";

/** The DataLoaders of one request for jobs and the rows around them. */
export type JobReader = ReturnType<typeof createJobReader>;

/** Creates the loaders of one request. They cache each row that they have read, so they must not outlive the request. */
export function createJobReader(db: Database) {
  const selected = new Map<string, DataLoader<string, Job | null>>();
  const pages = new Map<string, JobPart<CostResult>>();
  const counts = new Map<string, DataLoader<string, number>>();
  return {
    /** Whole jobs. */
    job: createJobLoader(db, WHOLE_JOB),
    /** Jobs with what is asked of them; the same selection gives the same loader, so that its jobs are batched. */
    selectedJob: (selection: JobSelection) =>
      remembered(selected, [[...selection.fields], selection.parts.map(({ key }) => key)], () =>
        createJobLoader(db, selection),
      ),
    services: createServicesPart(db),
    regions: createRegionsPart(db, true),
    regionsWithoutServices: createRegionsPart(db, false),
    previous: createPreviousLoader(db),
    costResult: createCostResultLoader(db),
    /** One page of each job's resources; the same question gives the same part. */
    resourcePage: (page: Page, filter: ResourceFilter, requested: ReadonlySet<string>) =>
      remembered(pages, [page, filter, [...requested].sort()], (key) =>
        createResourcePagePart(db, page, filter, requested, key),
      ),
    resourceCount: (filter: ResourceFilter) =>
      remembered(counts, filter, () => createResourceCountLoader(db, filter)),
  };
}

function remembered<Loader>(
  loaders: Map<string, Loader>,
  question: object,
  create: (key: string) => Loader,
): Loader {
  const key = JSON.stringify(question);
  const loader = loaders.get(key) ?? create(key);
  loaders.set(key, loader);
  return loader;
}

/** What an operation asks of jobs, by the fields below them. */
export function selectionOf(jobs: JobReader, requested: readonly RequestedField[]): JobSelection {
  return {
    fields: fieldNames(requested),
    parts: requested.flatMap((field) => partOf(jobs, field) ?? []),
  };
}

/** What the regions of a job are read by, for what is asked of them. */
export function regionsFor(jobs: JobReader, requested: readonly RequestedField[]): JobPart<RegionCost> {
  return fieldNames(requested).has("services") ? jobs.regions : jobs.regionsWithoutServices;
}

function partOf(jobs: JobReader, field: RequestedField): JobPart<unknown> | undefined {
  switch (field.name) {
    case "services":
      return jobs.services;
    case "regions":
      return regionsFor(jobs, field.fields());
    case "resources":
      return resourcesAskedFor(jobs, field);
    default:
      return undefined;
  }
}

function resourcesAskedFor(jobs: JobReader, field: RequestedField): JobPart<unknown> | undefined {
  try {
    // The schema has checked them; the field itself gets the same, as an instance of ResourcesArgs.
    const question = field.arguments() as ResourcesQuestion;
    return resourcePage(jobs, question, fieldNames(requestedRowFields(field.fields())));
  } catch {
    // It fails again where it is asked for, with its path.
    return undefined;
  }
}

/** How many resources a page has, unless asked otherwise and at the most. */
export const RESOURCE_PAGE = { default: 50, maximum: 1_000 };

/** Which page of which of a job's resources. */
type ResourcesQuestion = PageArguments & { readonly filter?: ResourceFilter | null };

/**
 * One page of a job's resources. Unfiltered, their number is the job's own and costs no query.
 * @param requested the fields that the resources are asked for; others are not there.
 */
export async function listResources(
  jobs: JobReader,
  job: Job,
  question: ResourcesQuestion,
  requested: ReadonlySet<string>,
): Promise<Connection<CostResult>> {
  const { filter } = question;
  const read = await resourcePage(jobs, question, requested).load(job.id);
  return connectionOf(pageOfRows(pageIn(question), read), resourceCursor, async () =>
    filter ? jobs.resourceCount(filter).load(job.id) : job.resourceCount,
  );
}

/** The part of a job that answers the question; the same question gives the same part. */
function resourcePage(
  jobs: JobReader,
  question: ResourcesQuestion,
  requested: ReadonlySet<string>,
): ReturnType<JobReader["resourcePage"]> {
  return jobs.resourcePage(pageIn(question), question.filter ?? {}, requested);
}

function pageIn({ filter: _, ...args }: ResourcesQuestion): Page {
  return pageOf(withoutDefaultFirst(args, RESOURCE_PAGE.default), RESOURCE_PAGE);
}

/** The job with this id; null when there is none, as there is for an id that is no UUID. */
export async function findJob(jobs: JobReader["job"], id: string): Promise<Job | null> {
  return isUuid(id) ? jobs.load(id.toLowerCase()) : null;
}

/**
 * The job with this id.
 * @param path the argument that the id came in.
 * @throws DomainError NOT_FOUND when there is none.
 */
export async function requireJob(jobs: JobReader, path: string, id: string): Promise<Job> {
  const job = await findJob(jobs.job, id);
  if (job === null)
    throw new DomainError("NOT_FOUND", [
      [path],
      ` must be the id of a stored job; there is none with "${id}"`,
    ]);
  return job;
}
