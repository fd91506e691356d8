import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { type Connection, connectionOf, PageArgs } from "../graphql/connection.ts";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { DateTimeScalar, Int } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { pageOf, pageOfRows } from "../lib/page.ts";
import { isStorable } from "../lib/text.ts";
import {
  BRANCH_PAGE,
  branchCursor,
  branchPageOf,
  createBranchCountLoader,
  createBranchPageLoaders,
  createLatestJobOfBranchLoaders,
} from "./branches.sql.ts";
import { PortfolioTotal } from "./portfolio-total.graphql.ts";
import {
  Branch,
  BranchConnection,
  LatestJobArgs,
  LatestJobOfBranchArgs,
  Project,
  ProjectConnection,
  ProjectsArgs,
} from "./project.graphql.ts";
import {
  createActiveTimesLoader,
  createJobCountLoader,
  createLatestJobLoaders,
  createProjectLoader,
  createTotalsLoader,
} from "./project-fields.sql.ts";
import { countProjects, listProjects, PROJECT_PAGE, projectCursor } from "./projects.sql.ts";

/** The work of a search through all projects, and of one step in an index, as numbers of values. */
const SEARCH_WORK = 1_000;
const STEP_WORK = 5;

/** The work to read all jobs of a project in an index, and in the table. */
const COUNT_WORK = 10;
const HISTORY_WORK = 100;

@Resolver(() => Project)
export class ProjectsResolver {
  @Costs({ work: STEP_WORK })
  @Query(() => Project, {
    nullable: true,
    description: "The project with this name; null: the token sees no job of this name.",
  })
  project(
    @Arg("name", () => String, { description: "The name, as in `Job.project`." }) name: string,
    @Ctx() { loaders }: Context,
  ): Promise<Project | null> {
    return loaders(createProjectLoader).load(name);
  }

  @Costs({ page: PROJECT_PAGE, work: SEARCH_WORK })
  @Query(() => ProjectConnection, {
    description:
      "The projects that the token sees, by name by default. A page has 20 projects by default and at most 100.",
  })
  async projects(
    @Args(() => ProjectsArgs) args: ProjectsArgs,
    @Ctx() { db }: Context,
  ): Promise<Connection<Project>> {
    const filter = args.filter ?? {};
    const order = args.orderBy ?? "NAME_ASC";
    const read = await listProjects(db, filter, order, pageOf(args, PROJECT_PAGE));
    return connectionOf(
      read,
      (project) => projectCursor(order, project),
      () => countProjects(db, filter),
    );
  }

  @Costs({ page: BRANCH_PAGE, work: HISTORY_WORK })
  @FieldResolver(() => BranchConnection, {
    description:
      "The branches with a job of the project, by `lastJobAt`, newest first; ties by name. The jobs without a branch are one of them. A page has 20 branches by default and at most 100.",
  })
  async branches(
    @Root() { name }: Project,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<Branch>> {
    const page = pageOf(args, BRANCH_PAGE);
    const read = await loaders(createBranchPageLoaders)(branchPageOf(name, page)).load(name);
    return connectionOf(pageOfRows(page, read), branchCursor, () =>
      loaders(createBranchCountLoader).load(name),
    );
  }

  @Costs({ work: STEP_WORK })
  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The newest member of a series, by `effectiveAt`: complete and not excluded. On the default branch, unless `branch` is given. null: the project has no such job.",
  })
  async latestJob(
    @Root() { name: project }: Project,
    @Args(() => LatestJobArgs) { branch = null, profile = null, currency = null }: LatestJobArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Job | null> {
    const conditions = { profile, currency };
    if (branch === null) return loaders(createLatestJobLoaders)(conditions).load(project);
    // "" would be the jobs without a branch.
    if (branch === "" || !isStorable(branch)) return null;
    return loaders(createLatestJobOfBranchLoaders)(conditions).load({ project, name: branch });
  }

  @Costs({ items: 1, work: STEP_WORK })
  @FieldResolver(() => [PortfolioTotal], {
    description:
      "The totals of the current jobs, one for each currency, by currency. Current is the newest member of each profile and currency on the default branch. Empty: the project has no current job.",
  })
  totals(@Root() { name }: Project, @Ctx() { loaders }: Context): Promise<PortfolioTotal[]> {
    return loaders(createTotalsLoader).load(name);
  }

  @Costs({ work: COUNT_WORK })
  @FieldResolver(() => Int, {
    description: "The number of all jobs, including incomplete and excluded ones.",
  })
  jobCount(@Root() { name }: Project, @Ctx() { loaders }: Context): Promise<number> {
    return loaders(createJobCountLoader).load(name);
  }

  @FieldResolver(() => DateTimeScalar, {
    description: "The earliest `effectiveAt` of all jobs, including incomplete and excluded ones.",
  })
  async firstJobAt(@Root() { name }: Project, @Ctx() { loaders }: Context): Promise<Date | undefined> {
    return (await loaders(createActiveTimesLoader).load(name))?.firstJobAt;
  }

  @FieldResolver(() => DateTimeScalar, {
    description: "The latest `effectiveAt` of all jobs, including incomplete and excluded ones.",
  })
  async lastJobAt(@Root() { name }: Project, @Ctx() { loaders }: Context): Promise<Date | undefined> {
    return (await loaders(createActiveTimesLoader).load(name))?.lastJobAt;
  }
}

@Resolver(() => Branch)
export class BranchesResolver {
  @Costs({ work: STEP_WORK })
  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The newest member of a series of the branch, by `effectiveAt`: complete and not excluded. null: the branch has none.",
  })
  latestJob(
    @Root() branch: Branch,
    @Args(() => LatestJobOfBranchArgs) { profile = null, currency = null }: LatestJobOfBranchArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Job | null> {
    return loaders(createLatestJobOfBranchLoaders)({ profile, currency }).load(branch);
  }
}
