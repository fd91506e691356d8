import { type Connection, connectionOf } from "../pagination/connection.types.ts";
import {
  type Page,
  type PageArguments,
  pageOf,
  pageOfRows,
  withoutDefaultFirst,
} from "../pagination/page.ts";
import type { CostResult } from "./cost-result.types.ts";
import type { Job } from "./job.types.ts";
import type { JobLoaders } from "./loaders.ts";
import { type ResourceFilter, resourceCursor } from "./resource-pages.loader.ts";

/** How many resources a page has, unless asked otherwise and at the most. */
export const RESOURCE_PAGE = { usual: 50, maximum: 1_000 };

/** Which page of which of a job's resources. */
export type ResourcesQuestion = PageArguments & { readonly filter?: ResourceFilter | null };

/**
 * One page of a job's resources. Unfiltered, their number is the job's own and costs no query.
 * @param requested the fields that the resources are asked for; others are not there.
 */
export async function listResources(
  loaders: JobLoaders,
  job: Job,
  question: ResourcesQuestion,
  requested: ReadonlySet<string>,
): Promise<Connection<CostResult>> {
  const { filter } = question;
  const read = await resourcePage(loaders, question, requested).load(job.id);
  return connectionOf(pageOfRows(pageIn(question), read), resourceCursor, async () =>
    filter ? loaders.resourceCount(filter).load(job.id) : job.resourceCount,
  );
}

/** The part of a job that answers the question; the same question gives the same part. */
export function resourcePage(
  loaders: JobLoaders,
  question: ResourcesQuestion,
  requested: ReadonlySet<string>,
): ReturnType<JobLoaders["resourcePage"]> {
  return loaders.resourcePage(pageIn(question), question.filter ?? {}, requested);
}

function pageIn({ filter: _, ...args }: ResourcesQuestion): Page {
  return pageOf(withoutDefaultFirst(args, RESOURCE_PAGE.usual), RESOURCE_PAGE);
}
