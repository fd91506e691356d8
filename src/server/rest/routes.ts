import "reflect-metadata";
import { compareCsvRoute, compareRoute } from "./compare-routes.ts";
import { exportRoutes } from "./export-routes.ts";
import { jobRoute, jobsRoute, regionsRoute, resourcesRoute, servicesRoute } from "./job-routes.ts";
import {
  comparePortfoliosCsvRoute,
  comparePortfoliosRoute,
  portfolioCsvRoute,
  portfolioRoute,
} from "./portfolio-routes.ts";
import type { Route } from "./route.ts";
import { storeRoute } from "./store-route.ts";
import { trendCsvRoute, trendRoute } from "./trend-routes.ts";

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
  compareCsvRoute,
  comparePortfoliosRoute,
  comparePortfoliosCsvRoute,
  portfolioRoute,
  portfolioCsvRoute,
  trendRoute,
  trendCsvRoute,
  ...exportRoutes,
];
