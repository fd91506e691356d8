import type DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import type { Page } from "../pagination/page.ts";
import { createCostResultLoader } from "./cost-result.loader.ts";
import type { CostResult } from "./cost-result.types.ts";
import { createJobLoader, createRegionsPart, createServicesPart } from "./job.loaders.ts";
import type { Job } from "./job.types.ts";
import { WHOLE_JOB } from "./job-columns.queries.ts";
import type { JobPart } from "./job-part.loader.ts";
import type { JobSelection } from "./job-selection.ts";
import { createPreviousLoader } from "./previous.loader.ts";
import {
  createResourceCountLoader,
  createResourcePagePart,
  type ResourceFilter,
} from "./resource-pages.loader.ts";

/** What reads jobs, and the rows around them, for one request, each kind for all jobs of a list at once. */
export type JobLoaders = ReturnType<typeof createJobLoaders>;

/** Loaders of one request; they remember what they have read, so they must not outlive it. */
export function createJobLoaders(db: Database) {
  const jobs = new Map<string, DataLoader<string, Job | null>>();
  const pages = new Map<string, JobPart<CostResult>>();
  const counts = new Map<string, DataLoader<string, number>>();
  return {
    /** Whole jobs. */
    job: createJobLoader(db, WHOLE_JOB),
    /** Jobs with what is asked of them; the same selection gives the same loader, so that its jobs are batched. */
    selectedJob: (selection: JobSelection) =>
      remembered(jobs, [[...selection.fields], selection.parts.map(({ key }) => key)], () =>
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
