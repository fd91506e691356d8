import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from "type-graphql";
import { type Wanted, wantedField } from "../database/json-text.ts";
import { type Connection, connectionOf } from "../graphql/connection.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { isWritten, requestedFields } from "../graphql/requested-fields.ts";
import { Int } from "../graphql/scalars.ts";
import { pageOf, sizeOf } from "../lib/page.ts";
import {
  CostResult,
  CostResultConnection,
  Job,
  JobConnection,
  RegionCost,
  ResourcesArgs,
  ServiceCost,
} from "./job.graphql.ts";
import { jobIdOf, RESOURCE_PAGE } from "./job-fields.sql.ts";
import { JobFilter, JobsArgs } from "./job-filter.graphql.ts";
import { createJobReader, findJob, pageColumns } from "./job-reader.ts";
import { countJobs, JOB_PAGE, jobCursor, listJobs } from "./job-rows.sql.ts";
import { readTopResources } from "./top-resources.sql.ts";

@Resolver(() => Job)
export class JobsResolver {
  @Query(() => Job, {
    nullable: true,
    description: "One stored estimate; null: no job has this id.",
  })
  job(
    @Arg("id", () => ID, { description: "The id of the job, as storeEstimate returned it." }) id: string,
    @Ctx() { loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Job | null> {
    const jobs = loaders(createJobReader).selectedJob(requestedFields(info), isWritten(info, "Job"));
    return findJob(jobs, id);
  }

  @Costs({ page: JOB_PAGE })
  @Query(() => JobConnection, {
    description:
      "The stored estimates, newest first by default. A page has 20 jobs by default and at most 100.",
  })
  async jobs(
    @Args(() => JobsArgs) args: JobsArgs,
    @Ctx() { db }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Job>> {
    const filter = args.filter ?? {};
    const order = args.orderBy ?? "CREATED_AT_DESC";
    const columns = pageColumns(db, requestedFields(info), isWritten(info, "Job"));
    const read = await listJobs(db, filter, order, pageOf(args, JOB_PAGE), columns);
    return connectionOf(
      read,
      (job) => jobCursor(order, job),
      () => countJobs(db, filter),
    );
  }

  @Costs({ page: RESOURCE_PAGE })
  @FieldResolver(() => CostResultConnection, {
    description:
      "The resources, most expensive first and unknown costs last. A page has 50 resources by default and at most 1,000.",
  })
  resources(
    @Root() job: Job,
    @Args(() => ResourcesArgs) args: ResourcesArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return partOf(job, context, info, { ...args });
  }

  @Costs({ items: 10 })
  @FieldResolver(() => [ServiceCost], { description: "The cost of each service, most expensive first." })
  services(@Root() job: Job, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return partOf(job, context, info);
  }

  @Costs({ items: 5 })
  @FieldResolver(() => [RegionCost], { description: "The cost of each region, most expensive first." })
  regions(@Root() job: Job, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return partOf(job, context, info);
  }

  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The previous member of the series of this job (same project, branch, profile and currency), in the order of `effectiveAt`. Members are complete and not excluded, have a project, and have a branch or are on the default branch. null: the job is the first member, or is not a member. The answer changes with backfilled jobs and exclusions.",
  })
  previous(@Root() job: Job, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders(createJobReader).previous.load(job.id);
  }
}

/** A field of a job that was read as a row. */
function partOf(
  job: Job,
  { loaders }: Context,
  info: GraphQLResolveInfo,
  args: Wanted["args"] = {},
): Promise<unknown> {
  const wanted = wantedField(info.fieldName, requestedFields(info), args);
  return loaders(createJobReader).part(job.id, wanted);
}

@Resolver(() => CostResult)
export class CostResultsResolver {
  @FieldResolver(() => Job, { description: "The job of the resource." })
  job(@Root() { id }: CostResult, @Ctx() { loaders }: Context): Promise<Job | null> {
    return loaders(createJobReader).job.load(jobIdOf(id));
  }
}

/** The default and the maximum number of top resources. */
const TOP = { default: 10, maximum: 100 };

@Resolver()
export class TopResourcesResolver {
  @Costs({ work: 5_000, page: TOP, items: "page" })
  @Query(() => [CostResult], {
    description:
      "The most expensive resources of the matching jobs, most expensive first. Resources with an unknown cost, and those of excluded jobs, are left out. The comparison ignores the currencies: filter by currency if the jobs have several.",
  })
  topResources(
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: TOP.default,
      description: "The number of resources, at most 100.",
    })
    first: number | null,
    @Arg("filter", () => JobFilter, {
      nullable: true,
      description: "The conditions on the jobs. Default: all jobs.",
    })
    filter: JobFilter | null,
    @Arg("latestOnly", () => Boolean, {
      nullable: true,
      defaultValue: true,
      description:
        "true: only the newest matching member of each series, in the order of `effectiveAt`, so that one resource does not fill the list with its history. Jobs without a project, incomplete jobs, and jobs without a branch outside of the default branch are not members. false: all matching jobs, except excluded ones.",
    })
    latestOnly: boolean | null,
    @Ctx() { db }: Context,
  ): Promise<CostResult[]> {
    return readTopResources(db, filter ?? {}, sizeOf("first", first, TOP), latestOnly ?? true);
  }
}
