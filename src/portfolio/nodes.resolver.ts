import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { Node, type TypedNode } from "../graphql/node.ts";
import type { CostResult } from "../jobs/job.graphql.ts";
import { resourceId } from "../jobs/job-fields.sql.ts";
import { createJobReader, findJob, type JobReader } from "../jobs/job-reader.ts";
import { BadUserInput } from "../lib/errors.ts";
import { createProjectLoader } from "./project-fields.sql.ts";
import { PROJECT_ID } from "./projects.sql.ts";

/** The maximum number of ids of `nodes`. */
const MAX_NODES = 100;

/** The id of a resource: the id of its job, and its position by cost without leading zeros. */
const RESOURCE_ID = /^([^:]+):(0|[1-9]\d{0,8})$/;

@Resolver()
export class NodesResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      "The object with this id: a Job, a CostResult or a Project. null: no such object has the id, or the token does not see it.",
  })
  node(
    @Arg("id", () => ID, { description: "The id." }) id: string,
    @Ctx() context: Context,
  ): Promise<TypedNode | null> {
    return findNode(context, id);
  }

  @Costs({ items: { argument: "ids" } })
  @Query(() => [Node], {
    nullable: "items",
    description:
      "The objects with these ids, in the order of the ids. null at the place of an id for which `node` is null. Error: BAD_USER_INPUT for more than 100 ids.",
  })
  nodes(
    @Arg("ids", () => [ID], { description: "The ids, at most 100." }) ids: string[],
    @Ctx() context: Context,
  ): Promise<(TypedNode | null)[]> {
    if (ids.length > MAX_NODES) {
      throw new BadUserInput([{ path: ["ids"], rule: `must hold at most ${MAX_NODES} ids` }]);
    }
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}

async function findNode({ loaders }: Context, id: string): Promise<TypedNode | null> {
  if (id.startsWith(PROJECT_ID)) {
    return typed("Project", await loaders(createProjectLoader).load(id.slice(PROJECT_ID.length)));
  }
  const jobs = loaders(createJobReader);
  const [, jobId, rank] = RESOURCE_ID.exec(id) ?? [];
  if (jobId !== undefined) return typed("CostResult", await findResource(jobs, jobId, Number(rank)));
  return typed("Job", await findJob(jobs.job, id));
}

/** The response cache depends on the job: a resource is deleted with it. */
async function findResource(jobs: JobReader, jobId: string, costRank: number): Promise<CostResult | null> {
  const job = await findJob(jobs.job, jobId);
  return job && jobs.resource.load(resourceId(job.id, costRank));
}

function typed(__typename: string, row: object | null): TypedNode | null {
  return row && { __typename, ...row };
}
