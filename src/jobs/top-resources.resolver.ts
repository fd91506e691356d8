import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { Int } from "../graphql/scalars/numbers.ts";
import { sizeOf } from "../pagination/page.ts";
import { CostResult } from "./cost-result.types.ts";
import { JobFilterInput } from "./jobs.input.ts";
import { readTopResources } from "./top-resources.queries.ts";

/** How many resources are answered, unless asked otherwise and at the most. */
const TOP = { usual: 10, maximum: 100 };

@Resolver()
export class TopResourcesResolver {
  @Costs({ work: 5_000, page: TOP, items: "page" })
  @Query(() => [CostResult], {
    description:
      "The most expensive resources across the matching jobs, highest cost first; unknown costs are not among them. Amounts are compared whatever their currency: filter by currency where there are several.",
  })
  topResources(
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: TOP.usual,
      description: "How many resources, at most 100.",
    })
    first: number | null,
    @Arg("filter", () => JobFilterInput, { nullable: true, description: "Which jobs; left out: all." })
    filter: JobFilterInput | null,
    @Arg("latestOnly", () => Boolean, {
      nullable: true,
      defaultValue: true,
      description:
        "Whether to look at the newest matching job of each series only, so that one resource does not fill the list with its history. A job without a project belongs to no series, and is always looked at.",
    })
    latestOnly: boolean | null,
    @Ctx() { db }: Context,
  ): Promise<CostResult[]> {
    return readTopResources(db, filter ?? {}, sizeOf("first", first, TOP), latestOnly ?? true);
  }
}
