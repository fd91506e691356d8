import { Args, Ctx, Query, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/limits/costs.ts";
import { CostTrendArgs } from "./cost-trend.input.ts";
import { costTrend, TREND_GROUPS } from "./cost-trend.ts";
import { CostTrend } from "./cost-trend.types.ts";

@Resolver()
export class CostTrendResolver {
  @Costs({ work: 10_000, page: TREND_GROUPS })
  @Query(() => CostTrend, {
    description:
      "Where costs are going: the matching jobs by interval and group. Currencies are never added up. Half-open: createdFrom is included, createdBefore is not.",
  })
  async costTrend(
    @Args(() => CostTrendArgs) args: CostTrendArgs,
    @Ctx() { db }: Context,
  ): Promise<CostTrend> {
    const series = await costTrend(db, {
      filter: args.filter ?? {},
      interval: args.interval ?? "DAY",
      groupBy: args.groupBy ?? "TOTAL",
      timeZone: args.timeZone ?? "UTC",
      first: args.first,
    });
    return { series };
  }
}
