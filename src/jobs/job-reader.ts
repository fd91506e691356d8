import { validate as isUuid } from "uuid";
import type { Database } from "../database/database.ts";
import type { Wanted } from "../database/json-text.ts";
import { fieldNames, selectionsOf } from "../graphql/requested-fields.ts";
import { DomainError, type Path } from "../lib/errors.ts";
import type { PageArguments } from "../lib/page.ts";
import { type BaselineQuestion, createBaselineLoader } from "./baseline.sql.ts";
import { createExclusionLoader } from "./exclusion.sql.ts";
import type { CostResult, Job, RegionCost, ServiceCost } from "./job.graphql.ts";
import {
  type JobColumns,
  jobRows,
  jobTexts,
  type SelectedJob,
  textColumnOf,
  wholeJob,
} from "./job-columns.sql.ts";
import { WHOLE_PARTS } from "./job-fields.sql.ts";
import {
  type ById,
  createJobLoader,
  createPartLoader,
  createPreviousLoader,
  createResourceLoader,
} from "./job-rows.sql.ts";

/** A page of the resources of a job. */
interface ResourcePage {
  readonly nodes: readonly CostResult[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * The jobs and their parts that one request reads. Selected jobs are rows, or texts that PostgreSQL writes. The
 * DataLoaders cache each row, so that they must not outlive the request.
 */
export type JobReader = ReturnType<typeof createJobReader>;

/** Creates the reader of one request. */
export function createJobReader(db: Database) {
  const loaders = new Map<string, ById<unknown>>();

  function loader<Value>(key: string, create: () => ById<Value>): ById<Value> {
    const known = loaders.get(key) ?? create();
    loaders.set(key, known);
    // The key determines the function that creates the loader.
    return known as ById<Value>;
  }

  /**
   * A field of a stored job for rows. The field determines the type of its value.
   * @throws BadUserInput when an argument is invalid, DomainError NOT_FOUND when retention has purged the job.
   */
  async function part<Value>(jobId: string, wanted: Wanted): Promise<Value> {
    const { name, args, fields } = wanted;
    const key = `${name} ${JSON.stringify(args)} ${textColumnOf(fields)}`;
    const value = await loader(key, () => createPartLoader(db, wanted) as ById<Value>).load(jobId);
    if (value === null) throw jobNotFound(["id"], jobId);
    return value;
  }

  return {
    job: createJobLoader(db, wholeJob) as ById<Job>,
    previous: createPreviousLoader(db),
    exclusion: createExclusionLoader(db),
    resource: createResourceLoader(db),
    services: (jobId: string) => part<ServiceCost[]>(jobId, WHOLE_PARTS.services),
    regions: (jobId: string) => part<RegionCost[]>(jobId, WHOLE_PARTS.regions),
    resources: (jobId: string, page: PageArguments) =>
      part<ResourcePage>(jobId, { ...WHOLE_PARTS.resources, args: { ...page } }),
    part,
    /** The baselines of jobs. Equal questions share a loader. */
    baseline({ branch, commitSha }: BaselineQuestion): ById<Job | null> {
      const key = JSON.stringify(["baseline", branch ?? null, commitSha ?? null]);
      return loader(key, () => createBaselineLoader(db, { branch, commitSha }));
    },
    /**
     * Jobs by id with the requested fields. Equal selections share a loader, so that their jobs are read together.
     * @throws NotWritable or BadUserInput when the jobs are to be texts and an argument in the selection is invalid.
     */
    selectedJob(wanted: readonly Wanted[], asText: boolean): ById<SelectedJob> {
      const names = fieldNames(wanted);
      return asText
        ? loader(textColumnOf(wanted), () => createJobLoader(db, jobTexts(db, [wanted], false)))
        : loader(`row ${[...names]}`, () => createJobLoader(db, jobRows(names)));
    },
  };
}

/**
 * The columns of a page of jobs with the requested fields of a connection.
 * @throws NotWritable or BadUserInput when the jobs are to be texts and an argument in the selection is invalid.
 */
export function pageColumns(db: Database, wanted: readonly Wanted[], asText: boolean): JobColumns {
  const selections = [
    ...selectionsOf(wanted, "nodes"),
    ...selectionsOf(selectionsOf(wanted, "edges").flat(), "node"),
  ];
  if (!asText) return jobRows(fieldNames(selections.flat()));
  return jobTexts(
    db,
    selections,
    wanted.some(({ name }) => name === "edges" || name === "pageInfo"),
  );
}

/** The job with this id; null: the job does not exist, or the id is not a UUID. */
export async function findJob<Row extends Job>(jobs: ById<Row>, id: string): Promise<Row | null> {
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
