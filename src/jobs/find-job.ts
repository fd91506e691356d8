import { validate as isUuid } from "uuid";
import { DomainError } from "../errors.ts";
import type { Job } from "./job.types.ts";
import type { JobLoaders } from "./loaders.ts";

/** The job with this id; null when there is none, as there is for an id that is no UUID. */
export async function findJob(jobs: JobLoaders["job"], id: string): Promise<Job | null> {
  return isUuid(id) ? jobs.load(id.toLowerCase()) : null;
}

/**
 * The job with this id.
 * @param path the argument that the id came in.
 * @throws DomainError NOT_FOUND when there is none.
 */
export async function requireJob(loaders: JobLoaders, path: string, id: string): Promise<Job> {
  const job = await findJob(loaders.job, id);
  if (job === null)
    throw new DomainError("NOT_FOUND", `${path} must be the id of a stored job; there is none with "${id}"`);
  return job;
}
