import type { EstimateWarning, UsageProfile } from "../jobs/job.graphql.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ASSUMED_CURRENCY, Decimal } from "../lib/money.ts";

type Optional<T> = T | null | undefined;

/** What a pipeline hands over to be stored. Amounts are per month, in the estimate's currency. */
export interface NewEstimate {
  readonly estimate: Estimate;
  readonly idempotencyKey?: Optional<string>;
  readonly userId?: Optional<string>;
  readonly project?: Optional<string>;
  readonly branch?: Optional<string>;
  readonly commitSha?: Optional<string>;
  readonly pullRequestUrl?: Optional<string>;
  readonly terraformPlanHash?: Optional<string>;
  readonly labels?: Optional<JsonObject>;
}

/** What an estimator says. */
export interface Estimate {
  readonly totalMonthlyCost: Decimal;
  readonly currency?: Optional<string | typeof ASSUMED_CURRENCY>;
  readonly profile?: Optional<UsageProfile>;
  readonly confidenceScore?: Optional<number>;
  readonly estimator?: Optional<string>;
  readonly estimatedAt?: Optional<Date>;
  readonly byResource: readonly ResourceCost[];
  readonly byService?: Optional<readonly ServiceTotal[]>;
  readonly byRegion?: Optional<readonly RegionTotal[]>;
  readonly warnings?: Optional<readonly EstimateWarning[]>;
}

/** What one resource costs. */
export interface ResourceCost {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly service: string;
  readonly region: string;
  /** null or left out: unknown, which is not zero. */
  readonly totalMonthlyCost?: Optional<Decimal>;
  readonly computeCost?: Optional<Decimal>;
  readonly storageCost?: Optional<Decimal>;
  readonly networkCost?: Optional<Decimal>;
  readonly otherCost?: Optional<Decimal>;
  readonly confidenceScore?: Optional<number>;
  readonly costDrivers?: Optional<JsonValue>;
  readonly assumptions?: Optional<JsonValue>;
  readonly tags?: Optional<JsonObject>;
}

/** What one service costs, as the estimator adds it up. */
export interface ServiceTotal {
  readonly service: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
}

/** What one region costs, as the estimator adds it up. */
export interface RegionTotal {
  readonly region: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount: number;
  readonly services?: Optional<readonly RegionServiceTotal[]>;
}

/** What one service costs in one region. */
export interface RegionServiceTotal {
  readonly service: string;
  readonly totalMonthlyCost: Decimal;
  readonly resourceCount?: Optional<number>;
}
