import { Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { BadUserInput } from "../lib/errors.ts";
import { isStorable, TEXT_RULE } from "../lib/text.ts";
import type { BaselineQuestion } from "./baseline.sql.ts";
import { Job } from "./job.graphql.ts";
import { createJobReader } from "./job-reader.ts";

@ArgsType()
class BaselineArgs implements BaselineQuestion {
  @Field(() => String, {
    nullable: true,
    description:
      "The branch of the baseline. Default: the `targetBranch` of the job, if this branch has members of the same project, profile and currency; else the default branch, whatever its name. With `commitSha`, the default is any branch.",
  })
  branch?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The commit of the baseline. The baseline is the newest job of this commit, and can be stored after the job. If the commit has none, the baseline is null.",
  })
  commitSha?: string | null;
}

@Resolver(() => Job)
export class BaselineResolver {
  @Costs({ work: 4 })
  @FieldResolver(() => Job, {
    nullable: true,
    description:
      "The job that this job is measured against: the newest member with the same project, profile and currency on the branch that comes before this job in the order of `effectiveAt`. This job can be incomplete or excluded; the baseline is complete and not excluded. null: there is no such job, or this job has no project. The answer changes with backfilled jobs and exclusions. Error: BAD_USER_INPUT for text with a NUL character or a lone surrogate.",
  })
  baseline(
    @Root() job: Job,
    @Args(() => BaselineArgs) { branch, commitSha }: BaselineArgs,
    @Ctx() { loaders }: Context,
  ): Promise<Job | null> {
    const question = { branch, commitSha };
    const problems = Object.entries(question).filter(
      ([, text]) => typeof text === "string" && !isStorable(text),
    );
    if (problems.length > 0) {
      throw new BadUserInput(problems.map(([name]) => ({ path: [name], rule: TEXT_RULE })));
    }
    return loaders(createJobReader).baseline(question).load(job.id);
  }
}
