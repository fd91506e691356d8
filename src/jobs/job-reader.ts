import type DataLoader from "dataloader";
import { validate as isUuid } from "uuid";
import type { Database } from "../database/database.ts";
import type { Wanted } from "../database/json-text.ts";
import { type Connection, connectionOf } from "../graphql/connection.ts";
import { fieldNames, rowSelections } from "../graphql/requested-fields.ts";
import { DomainError, type Path } from "../lib/errors.ts";
import { type Page, pageOfRows } from "../lib/page.ts";
import { type BaselineQuestion, createBaselineLoader } from "./baseline.sql.ts";
import { createExclusionLoader } from "./exclusion.sql.ts";
import type { CostResult, Job, ResourceFilter } from "./job.graphql.ts";
import {
  type JobColumns,
  jobRows,
  jobTexts,
  type SelectedJob,
  textColumnOf,
  wholeJob,
} from "./job-fields.sql.ts";
import {
  createCostResultLoader,
  createRegionsLoader,
  createResourceCountLoader,
  createResourcePageLoader,
  createServicesLoader,
  type PartLoader,
} from "./job-parts.sql.ts";
import { type ResourcesQuestion, resourceCursor, resourcePageOf } from "./job-resources.sql.ts";
import { createJobLoader, createPreviousLoader } from "./job-rows.sql.ts";

/**
 * The jobs and their parts that one request reads. Selected jobs are rows, or texts that PostgreSQL writes. The
 * DataLoaders are created when they are needed. They cache each row, so that they must not outlive the request.
 */
export class JobReader {
  readonly #db: Database;
  readonly #loaders = new Map<string, unknown>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Whole jobs by id. */
  get job(): DataLoader<string, Job | null> {
    return this.#loader("job", () => createJobLoader(this.#db, wholeJob));
  }

  get previous(): DataLoader<string, Job | null> {
    return this.#loader("previous", () => createPreviousLoader(this.#db));
  }

  /** The baselines of jobs. Equal questions share a loader. */
  baseline({ branch, commitSha }: BaselineQuestion): DataLoader<string, Job | null> {
    const key = JSON.stringify(["baseline", branch ?? null, commitSha ?? null]);
    return this.#loader(key, () => createBaselineLoader(this.#db, { branch, commitSha }));
  }

  get exclusion(): ReturnType<typeof createExclusionLoader> {
    return this.#loader("exclusion", () => createExclusionLoader(this.#db));
  }

  get services(): ReturnType<typeof createServicesLoader> {
    return this.#loader("services", () => createServicesLoader(this.#db));
  }

  get regions(): ReturnType<typeof createRegionsLoader> {
    return this.#loader("regions", () => createRegionsLoader(this.#db));
  }

  get costResult(): ReturnType<typeof createCostResultLoader> {
    return this.#loader("costResult", () => createCostResultLoader(this.#db));
  }

  /**
   * Jobs by id with the requested fields. Equal selections share a loader, so that their jobs are read together.
   * @throws NotWritable when the jobs are to be texts and an argument in the selection is invalid.
   */
  selectedJob(wanted: readonly Wanted[], asText: boolean): DataLoader<string, SelectedJob | null> {
    const key = asText ? textColumnOf(wanted) : `row ${[...fieldNames(wanted)]}`;
    return this.#loader(key, () => {
      const columns = asText ? jobTexts(this.#db, [wanted], false) : jobRows(fieldNames(wanted));
      return createJobLoader(this.#db, columns);
    });
  }

  /**
   * The columns of a page of jobs with the requested fields of a connection.
   * @throws NotWritable when the jobs are to be texts and an argument in the selection is invalid.
   */
  selectedColumns(wanted: readonly Wanted[], asText: boolean): JobColumns {
    const selections = rowSelections(wanted);
    if (!asText) return jobRows(fieldNames(selections.flat()));
    const cursors = wanted.some(({ name }) => name === "edges" || name === "pageInfo");
    return jobTexts(this.#db, selections, cursors);
  }

  /** One page of the resources of each job. Equal arguments share a loader. */
  resourcePage(page: Page, filter: ResourceFilter, requested: ReadonlySet<string>): PartLoader<CostResult> {
    const key = JSON.stringify(["resources", page, filter, [...requested].sort()]);
    return this.#loader(key, () => createResourcePageLoader(this.#db, page, filter, requested));
  }

  resourceCount(filter: ResourceFilter): DataLoader<string, number> {
    const key = JSON.stringify(["resource count", filter]);
    return this.#loader(key, () => createResourceCountLoader(this.#db, filter));
  }

  #loader<Loader>(key: string, create: () => Loader): Loader {
    if (!this.#loaders.has(key)) this.#loaders.set(key, create());
    // Each key belongs to one function that creates loaders.
    return this.#loaders.get(key) as Loader;
  }
}

/** Creates the reader of one request. */
export function createJobReader(db: Database): JobReader {
  return new JobReader(db);
}

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
  const page = resourcePageOf(question);
  const read = await jobs.resourcePage(page, filter ?? {}, requested).load(job.id);
  return connectionOf(pageOfRows(page, read), resourceCursor, async () =>
    filter ? jobs.resourceCount(filter).load(job.id) : job.resourceCount,
  );
}

/** The job with this id; null: the job does not exist, or the id is not a UUID. */
export async function findJob<Row extends Job>(
  jobs: DataLoader<string, Row | null>,
  id: string,
): Promise<Row | null> {
  return isUuid(id) ? jobs.load(id.toLowerCase()) : null;
}

/**
 * The job with this id.
 * @param path the name or the path of the argument with the id, for the message.
 * @throws DomainError NOT_FOUND when the job does not exist.
 */
export async function requireJob(jobs: JobReader, path: string | Path, id: string): Promise<Job> {
  const job = await findJob(jobs.job, id);
  if (job === null) throw jobNotFound(typeof path === "string" ? [path] : path, id);
  return job;
}

/** The error for an id that no visible job has. @param path the path of the id. */
export function jobNotFound(path: Path, id: string): DomainError {
  return new DomainError("NOT_FOUND", [path, ` must be the id of a stored job; no job has the id "${id}"`]);
}
