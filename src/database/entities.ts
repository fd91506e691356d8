import { ApiTokenEntity } from "../access/api-token.entity.ts";
import { IdempotencyKeyEntity } from "../estimates/idempotency-key.entity.ts";
import { SealEntity } from "../integrity/seal.entity.ts";
import { CostResultEntity } from "../jobs/cost-result.entity.ts";
import { JobEntity } from "../jobs/job.entity.ts";
import { RegionCostEntity } from "../jobs/region-cost.entity.ts";
import { ServiceCostEntity } from "../jobs/service-cost.entity.ts";
import { PurgeEntity } from "../retention/purge.entity.ts";
import { PurgedJobEntity } from "../retention/purged-job.entity.ts";

/** Every table of the database. */
export const entities = [
  JobEntity,
  CostResultEntity,
  ServiceCostEntity,
  RegionCostEntity,
  IdempotencyKeyEntity,
  PurgeEntity,
  PurgedJobEntity,
  SealEntity,
  ApiTokenEntity,
];
