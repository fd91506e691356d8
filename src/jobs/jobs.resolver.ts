import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { namesOf, requestedFields, requestedOfRows } from "../graphql/requested-fields.ts";
import { type Connection, connectionOf } from "../pagination/connection.types.ts";
import { pageOf } from "../pagination/page.ts";
import { CostResult, CostResultConnection } from "./cost-result.types.ts";
import { findJob } from "./find-job.ts";
import { Job, JobConnection, RegionCost, ServiceCost } from "./job.types.ts";
import { regionsFor, selectionOf } from "./job-selection.ts";
import { JobsArgs } from "./jobs.input.ts";
import { countJobs, JOB_PAGE, jobCursor, listJobs } from "./jobs.queries.ts";
import { listResources, RESOURCE_PAGE } from "./list-resources.ts";
import { ResourcesArgs } from "./resources.input.ts";

@Resolver(() => Job)
export class JobsResolver {
  @Query(() => Job, {
    nullable: true,
    description: "One stored estimate; null when there is none with this id.",
  })
  job(
    @Arg("id", () => ID, { description: "The job's id, as storeEstimate answered it." }) id: string,
    @Ctx() { loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Job | null> {
    return findJob(loaders.selectedJob(selectionOf(loaders, requestedFields(info))), id);
  }

  @Costs({ page: JOB_PAGE })
  @Query(() => JobConnection, {
    description: "The stored estimates, newest first; 20 a page unless asked otherwise, at most 100.",
  })
  async jobs(
    @Args(() => JobsArgs) args: JobsArgs,
    @Ctx() { db, loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Job>> {
    const filter = args.filter ?? {};
    const order = args.orderBy ?? "CREATED_AT_DESC";
    const selection = selectionOf(loaders, requestedOfRows(requestedFields(info)));
    const page = await listJobs(db, filter, order, pageOf(args, JOB_PAGE), selection);
    return connectionOf(
      page,
      (job) => jobCursor(order, job),
      () => countJobs(db, filter),
    );
  }

  @Costs({ page: RESOURCE_PAGE })
  @FieldResolver(() => CostResultConnection, {
    description: "The resources, highest cost first and unknown costs last; at most 1,000 a page.",
  })
  resources(
    @Root() job: Job,
    @Args(() => ResourcesArgs) args: ResourcesArgs,
    @Ctx() { loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<CostResult>> {
    return listResources(loaders, job, args, namesOf(requestedOfRows(requestedFields(info))));
  }

  @Costs({ items: 10 })
  @FieldResolver(() => [ServiceCost], { description: "What each service costs, highest first." })
  services(@Root() job: Job, @Ctx() { loaders }: Context): ServiceCost[] | Promise<ServiceCost[]> {
    return loaders.services.load(job.id);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [RegionCost], { description: "What each region costs, highest first." })
  regions(
    @Root() job: Job,
    @Ctx() { loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): RegionCost[] | Promise<RegionCost[]> {
    return regionsFor(loaders, requestedFields(info)).load(job.id);
  }

  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The job before it in its series (same project, branch, profile and currency); null for the first, and for a job without a project.",
  })
  previous(@Root() job: Job, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders.previous.load(job.id);
  }
}

@Resolver(() => CostResult)
export class CostResultsResolver {
  @FieldResolver(() => Job, { description: "The job that the resource belongs to." })
  job(@Root() { jobId }: CostResult, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders.job.load(jobId);
  }
}
