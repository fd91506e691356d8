import "reflect-metadata";
import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { ComparisonResolver, ResourceChangesResolver } from "../../comparison/comparison.graphql.ts";
import { EstimatesResolver } from "../../estimates/estimate.graphql.ts";
import { JobIntegrityResolver } from "../../integrity/job-integrity.graphql.ts";
import { CostResultsResolver, JobsResolver, TopResourcesResolver } from "../../jobs/jobs.resolver.ts";
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
      JobIntegrityResolver,
    ],
    // Inputs are checked by the features, which name every problem at once.
    validate: false,
    // Apollo Server checks the schema; type-graphql would by a whole introspection, 80 ms of each start.
    skipCheck: true,
  });
  // type-graphql has no place for the descriptions of the root types.
  describe(
    schema.getQueryType(),
    "Everything that can be read. Nothing is estimated anew: all of it reads stored rows.",
  );
  describe(schema.getMutationType(), "Everything that can be written. What is stored is never changed.");
  return schema;
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
