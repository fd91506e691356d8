import { type Connection, connectionOf } from "../pagination/connection.types.ts";
import { type PageArguments, pageOf, withoutDefaultFirst } from "../pagination/page.ts";
import type { CostResult } from "./cost-result.types.ts";
import type { Job } from "./job.types.ts";
import type { JobLoaders } from "./loaders.ts";
import { type ResourceFilter, resourceCursor } from "./resource-pages.loader.ts";

/** How many resources a page has, unless asked otherwise and at the most. */
export const RESOURCE_PAGE = { usual: 50, maximum: 1_000 };

/** One page of a job's resources. Unfiltered, their number is the job's own and costs no query. */
export async function listResources(
  loaders: JobLoaders,
  job: Job,
  { filter, ...args }: PageArguments & { readonly filter?: ResourceFilter | null },
): Promise<Connection<CostResult>> {
  const page = await loaders
    .resourcePage(pageOf(withoutDefaultFirst(args, RESOURCE_PAGE.usual), RESOURCE_PAGE), filter ?? {})
    .load(job.id);
  return connectionOf(page, resourceCursor, async () =>
    filter ? loaders.resourceCount(filter).load(job.id) : job.resourceCount,
  );
}
