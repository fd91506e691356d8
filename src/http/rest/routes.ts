// The lists are made by modules with decorators of type-graphql, which wants this to be there before them.
import "reflect-metadata";
import { compareRoute } from "./compare.route.ts";
import { exportRoutes } from "./export.routes.ts";
import { regionsRoute, resourcesRoute, servicesRoute } from "./job-parts.routes.ts";
import { jobRoute, jobsRoute } from "./jobs.routes.ts";
import type { Route } from "./route.ts";
import { storeRoute } from "./store.route.ts";

/** Every route below /api/v1: what is served, and what openapi.json describes. */
export const ROUTES: readonly Route[] = [
  storeRoute,
  jobsRoute,
  jobRoute,
  resourcesRoute,
  servicesRoute,
  regionsRoute,
  compareRoute,
  ...exportRoutes,
];
