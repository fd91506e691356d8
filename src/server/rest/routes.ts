import "reflect-metadata";
import { exportRoutes } from "./export-routes.ts";
import {
  compareRoute,
  jobRoute,
  jobsRoute,
  regionsRoute,
  resourcesRoute,
  servicesRoute,
} from "./job-routes.ts";
import type { Route } from "./route.ts";
import { storeRoute } from "./store-route.ts";

// The lists are made by modules with decorators of type-graphql, which wants this to be there before them.

/** All routes below /api/v1, which the server registers and openapi.json describes. */
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
