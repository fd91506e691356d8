import { ArgsType, Field, InputType, ObjectType } from "type-graphql";
import { connectionTypes, PageArgs } from "../graphql/connection.ts";
import { Node } from "../graphql/node.ts";
import { CurrencyScalar, DateTimeScalar, Int, registerEnum } from "../graphql/scalars.ts";
import { KeyValueInput } from "../jobs/job-filter.graphql.ts";
import { UsageProfile } from "../jobs/usage-profile.ts";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "The stored jobs of one name that the token sees. A project exists while it has a job, even an incomplete or an excluded one.",
})
export class Project implements Node {
  id!: string;

  @Field(() => String, { description: "The name, as in `Job.project`." })
  name!: string;
}

@ObjectType({ simpleResolvers: true, description: "A page of projects." })
export class ProjectConnection extends connectionTypes("Project", () => Project) {}

@ObjectType({ simpleResolvers: true, description: "The stored jobs of one branch of a project." })
export class Branch {
  /** The name of the project. */
  project!: string;

  @Field(() => String, {
    nullable: true,
    description: "The name, as in `Job.branch`; null: the jobs without a branch.",
  })
  name!: string | null;

  @Field(() => Boolean, {
    description: "Whether the newest job of the branch, by `effectiveAt`, is on the default branch.",
  })
  isDefault!: boolean;

  @Field(() => Int, { description: "The number of all jobs, including incomplete and excluded ones." })
  jobCount!: number;

  @Field(() => DateTimeScalar, {
    description: "The `effectiveAt` of the newest job, even of an incomplete or an excluded one.",
  })
  lastJobAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "A page of the branches of a project." })
export class BranchConnection extends connectionTypes("Branch", () => Branch) {}

@InputType("ProjectFilter", {
  description:
    "The conditions on projects. A project matches if it meets all conditions; null is no condition.",
})
export class ProjectFilter {
  @Field(() => String, {
    nullable: true,
    description:
      "Only projects with this text anywhere in the name. Case does not matter; % and _ are ordinary characters.",
  })
  search?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Only projects whose name begins with this text. Case matters; % and _ are ordinary characters.",
  })
  prefix?: string | null;

  @Field(() => [KeyValueInput], {
    nullable: true,
    description: "Only projects with a current job that has all of these labels, at most 50.",
  })
  labels?: KeyValueInput[] | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Only projects with a job whose `effectiveAt` is at or after this time.",
  })
  activeSince?: Date | null;
}

/** The order of a list of projects. */
export type ProjectOrder = "NAME_ASC" | "LAST_JOB_AT_DESC" | "TOTAL_MONTHLY_COST_DESC";

const ProjectOrderEnum = registerEnum<ProjectOrder>("ProjectOrder", "The order of a list of projects.", {
  NAME_ASC: "By name, in the order of the code points.",
  LAST_JOB_AT_DESC: "Latest `lastJobAt` first; ties by name.",
  TOTAL_MONTHLY_COST_DESC:
    "Highest total first, by the highest of `totals`. The comparison ignores the currencies. Projects without a total are last; ties by name.",
});

@ArgsType()
export class ProjectsArgs extends PageArgs {
  @Field(() => ProjectFilter, {
    nullable: true,
    description: "The conditions on the projects. Default: all projects.",
  })
  filter?: ProjectFilter | null;

  @Field(() => ProjectOrderEnum, {
    nullable: true,
    defaultValue: "NAME_ASC",
    description: "The order of the projects.",
  })
  orderBy?: ProjectOrder | null;
}

@ArgsType()
export class LatestJobOfBranchArgs {
  @Field(() => UsageProfile, {
    nullable: true,
    description: "Only jobs with these usage assumptions. Default: all jobs.",
  })
  profile?: UsageProfile | null;

  @Field(() => CurrencyScalar, {
    nullable: true,
    description: "Only jobs in this currency. Default: all jobs.",
  })
  currency?: string | null;
}

@ArgsType()
export class LatestJobArgs extends LatestJobOfBranchArgs {
  @Field(() => String, { nullable: true, description: "The branch. Default: the default branch." })
  branch?: string | null;
}
