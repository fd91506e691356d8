import "reflect-metadata";
import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { ComparisonResolver, ResourceChangesResolver } from "../../comparison/comparison.graphql.ts";
import { EstimatesResolver } from "../../estimates/estimate.graphql.ts";
import { ViewerResolver } from "../../graphql/viewer.graphql.ts";
import { JobIntegrityResolver } from "../../integrity/job-integrity.graphql.ts";
import { BaselineResolver } from "../../jobs/baseline.graphql.ts";
import { ExclusionResolver } from "../../jobs/exclusion.graphql.ts";
import { CostResultsResolver, JobsResolver, TopResourcesResolver } from "../../jobs/jobs.resolver.ts";
import { JobStoredResolver } from "../../live/job-stored.graphql.ts";
import { NodesResolver } from "../../portfolio/nodes.resolver.ts";
import { JobGroupsResolver, PortfolioResolver } from "../../portfolio/portfolio.graphql.ts";
import {
  PortfolioComparisonResolver,
  PortfolioPairResolver,
} from "../../portfolio/portfolio-comparison.graphql.ts";
import { BranchesResolver, ProjectsResolver } from "../../portfolio/projects.resolver.ts";
import { SearchResolver } from "../../search/search.graphql.ts";
import { CostAnomaliesResolver } from "../../trends/cost-anomalies.graphql.ts";
import { CostTrendResolver } from "../../trends/cost-trend.graphql.ts";
import { JobChangeResolver } from "../../trends/job-change.graphql.ts";

/** Builds the GraphQL schema from the resolvers. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      JobsResolver,
      CostResultsResolver,
      ComparisonResolver,
      ResourceChangesResolver,
      EstimatesResolver,
      TopResourcesResolver,
      CostTrendResolver,
      CostAnomaliesResolver,
      JobChangeResolver,
      BaselineResolver,
      PortfolioComparisonResolver,
      PortfolioPairResolver,
      PortfolioResolver,
      JobGroupsResolver,
      JobIntegrityResolver,
      ExclusionResolver,
      ProjectsResolver,
      BranchesResolver,
      NodesResolver,
      ViewerResolver,
      SearchResolver,
      JobStoredResolver,
    ],
    // type-graphql requires an event bus for any subscription, although this one has a source of its own.
    pubSub: { publish: noEventBus, subscribe: noEventBus },
    // The features validate their inputs and report all problems at once.
    validate: false,
    // Apollo Server validates the schema; type-graphql would by a full introspection, 80 ms of each start.
    skipCheck: true,
  });
  // type-graphql has no option for the descriptions of the root types.
  describe(
    schema.getQueryType(),
    "All read operations. They read stored rows; costs are never estimated again.",
  );
  describe(schema.getMutationType(), "All write operations. Stored estimates are never changed.");
  describe(
    schema.getSubscriptionType(),
    "Events as they happen, as server-sent events at /graphql/stream (graphql-sse, distinct connections mode).",
  );
  return schema;
}

function noEventBus(): never {
  throw new Error("The subscriptions of this service use no event bus.");
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
