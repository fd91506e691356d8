import type DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import type { Page, PageOf } from "../pagination/page.ts";
import { createCostResultLoader } from "./cost-result.loader.ts";
import type { CostResult } from "./cost-result.types.ts";
import { createJobLoader, createRegionsLoader, createServicesLoader } from "./job.loaders.ts";
import { createPreviousLoader } from "./previous.loader.ts";
import {
  createResourceCountLoader,
  createResourcePageLoader,
  type ResourceFilter,
} from "./resource-pages.loader.ts";

/** What reads the rows around jobs for one request, each kind for all jobs of a list at once. */
export type JobLoaders = ReturnType<typeof createJobLoaders>;

/** Loaders of one request; they remember what they have read, so they must not outlive it. */
export function createJobLoaders(db: Database) {
  const pages = new Map<string, DataLoader<string, PageOf<CostResult>>>();
  const counts = new Map<string, DataLoader<string, number>>();
  return {
    job: createJobLoader(db),
    services: createServicesLoader(db),
    regions: createRegionsLoader(db),
    previous: createPreviousLoader(db),
    costResult: createCostResultLoader(db),
    /** Loaders of one page; asking for the same page again gives the same loader, so that its jobs are batched. */
    resourcePage: (page: Page, filter: ResourceFilter) =>
      remembered(pages, [page, filter], () => createResourcePageLoader(db, page, filter)),
    resourceCount: (filter: ResourceFilter) =>
      remembered(counts, filter, () => createResourceCountLoader(db, filter)),
  };
}

function remembered<Loader>(loaders: Map<string, Loader>, key: object, create: () => Loader): Loader {
  const text = JSON.stringify(key);
  const loader = loaders.get(text) ?? create();
  loaders.set(text, loader);
  return loader;
}
