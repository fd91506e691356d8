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

/** The DataLoaders of one request for jobs and their parts. */
export type JobReader = ReturnType<typeof createJobReader>;

/** Creates the loaders of one request. The loaders cache each row, so that they must not outlive the request. */
export function createJobReader(db: Database) {
  const selected = new Map<string, DataLoader<string, Job | null>>();
  const pages = new Map<string, JobPart<CostResult>>();
  const counts = new Map<string, DataLoader<string, number>>();
  return {
    /** Whole jobs by id. */
    job: createJobLoader(db, WHOLE_JOB),
    /** Jobs with the selected fields and parts. Equal selections share a loader, so that their jobs are batched. */
    selectedJob: (selection: JobSelection) =>
      remembered(selected, [[...selection.fields], selection.parts.map(({ key }) => key)], () =>
        createJobLoader(db, selection),
      ),
    services: createServicesPart(db),
    regions: createRegionsPart(db, true),
    regionsWithoutServices: createRegionsPart(db, false),
    previous: createPreviousLoader(db),
    costResult: createCostResultLoader(db),
    /** One page of the resources of each job. Equal arguments share a part. */
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

/** The selection of jobs for the requested fields of a job. */
export function selectionOf(jobs: JobReader, requested: readonly RequestedField[]): JobSelection {
  return {
    fields: fieldNames(requested),
    parts: requested.flatMap((field) => partOf(jobs, field) ?? []),
  };
}

/** The part of jobs that reads the requested fields of their regions. */
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
    // GraphQL has checked the arguments. The field resolver gets the same arguments as an instance of ResourcesArgs.
    const question = field.arguments() as ResourcesQuestion;
    return resourcePage(jobs, question, fieldNames(requestedRowFields(field.fields())));
  } catch {
    // The field resolver throws the same error, and GraphQL reports it with the path of the field.
    return undefined;
  }
}

/** The default and the maximum number of resources of a page. */
export const RESOURCE_PAGE = { default: 50, maximum: 1_000 };

/** The arguments of a list of resources: the page, and the filter. */
type ResourcesQuestion = PageArguments & { readonly filter?: ResourceFilter | null };

/**
 * One page of the resources of a job, highest cost first. Without a filter, the total count is a field of the job, and
 * needs no query.
 * @param requested the requested fields of a resource. The other fields are absent.
 * @throws BadUserInput for an invalid page or cursor, or a filter with text that PostgreSQL cannot store.
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

/** The part of jobs for these arguments. Equal arguments share a part. */
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

/** The job with this id; null: the job does not exist, or the id is not a UUID. */
export async function findJob(jobs: JobReader["job"], id: string): Promise<Job | null> {
  return isUuid(id) ? jobs.load(id.toLowerCase()) : null;
}

/**
 * The job with this id.
 * @param path the name of the argument with the id, for the message.
 * @throws DomainError NOT_FOUND when the job does not exist.
 */
export async function requireJob(jobs: JobReader, path: string, id: string): Promise<Job> {
  const job = await findJob(jobs.job, id);
  if (job === null)
    throw new DomainError("NOT_FOUND", [
      [path],
      ` must be the id of a stored job; no job has the id "${id}"`,
    ]);
  return job;
}
