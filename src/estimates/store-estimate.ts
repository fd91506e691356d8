import { v7 as uuidv7 } from "uuid";
import { viewerOf } from "../access/act-as.ts";
import { permittedToStore } from "../access/require-permission.ts";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { DomainError } from "../errors.ts";
import { regionTotals, serviceTotals, unpricedCount } from "./aggregate.ts";
import { checkEstimate } from "./check-estimate.ts";
import { DEFAULT_CURRENCY } from "./currency.ts";
import {
  type IdempotencyKey,
  insertJob,
  insertRegions,
  insertResources,
  insertServices,
  type KeyHolder,
  type NewJob,
  takeIdempotencyKey,
} from "./estimate.store.ts";
import type { NewEstimate } from "./estimate.ts";
import { rankByCost } from "./rank-by-cost.ts";
import { reconcile } from "./reconcile.ts";
import { requestHash } from "./request-hash.ts";
import { storedEstimates } from "./stored-estimates.ts";

/** The version of the stored record's shape, kept with every job. */
const SCHEMA_VERSION = "1";

/** Which job holds the estimate, and whether this call stored it (false: its idempotency key already had). */
export interface StoredEstimate {
  readonly jobId: string;
  readonly created: boolean;
}

/**
 * Stores an estimate for good: the job, its resources and its totals per service and region, in one transaction
 * of nothing but INSERTs.
 * @throws BadUserInput when something in it cannot be stored; nothing is stored then.
 * @throws DomainError IDEMPOTENCY_CONFLICT when its key has stored another estimate, or a job that was purged; FORBIDDEN
 * when the viewer for whom `db` works may not store it.
 */
export async function storeEstimate(db: Database, asked: NewEstimate): Promise<StoredEstimate> {
  const input = permittedToStore(viewerOf(db), asked);
  checkEstimate(input);
  const job = jobOf(input);
  const resources = rankByCost(input.estimate.byResource);
  const services = serviceTotals(input.estimate);
  const regions = regionTotals(input.estimate);
  const key = keyOf(db, input);
  const holder = await durableTransaction(db, async (tx) => {
    const other = key && (await takeIdempotencyKey(tx, key, job.id, key.requestHash));
    if (other !== undefined) return other;
    await insertJob(tx, job);
    await insertResources(tx, job.id, resources);
    await insertServices(tx, job.id, services);
    await insertRegions(tx, job.id, regions);
    return undefined;
  });
  if (key !== undefined && holder !== undefined) requireReplay(key, holder);
  const stored = { jobId: holder?.jobId ?? job.id, created: holder === undefined };
  storedEstimates.publish({ created: stored.created, resources: job.resourceCount });
  return stored;
}

interface HashedKey extends IdempotencyKey {
  readonly requestHash: Buffer;
}

function keyOf(db: Database, input: NewEstimate): HashedKey | undefined {
  const key = input.idempotencyKey ?? undefined;
  if (key === undefined) return undefined;
  const namespace = viewerOf(db).projects === undefined ? "" : (input.project ?? "");
  return { namespace, key, requestHash: requestHash(input) };
}

/** After COMMIT: a refusal names the stored job, and is as final for the client as an acknowledgement. */
function requireReplay({ key, requestHash: hash }: HashedKey, holder: KeyHolder): void {
  if (!hash.equals(holder.requestHash)) {
    throw new DomainError(
      "IDEMPOTENCY_CONFLICT",
      `input.idempotencyKey "${key}" has stored another estimate, as job ${holder.jobId}; use a new key for a new estimate`,
    );
  }
  // What was let go does not come back by a late retry, and a job that is gone cannot be answered.
  if (holder.purgedAt !== null) {
    throw new DomainError(
      "IDEMPOTENCY_CONFLICT",
      `input.idempotencyKey "${key}" has stored this estimate as job ${holder.jobId}, which retention removed on ${holder.purgedAt.toISOString()}; use a new key to store it again`,
    );
  }
}

function jobOf(input: NewEstimate): NewJob {
  const { estimate } = input;
  return {
    // With options it has no counter, which would tell a bound token how many others were stored in a millisecond.
    id: uuidv7({}),
    estimatedAt: estimate.estimatedAt ?? null,
    userId: input.userId ?? null,
    project: input.project ?? null,
    branch: input.branch ?? null,
    commitSha: input.commitSha ?? null,
    pullRequestUrl: input.pullRequestUrl ?? null,
    profile: estimate.profile ?? null,
    estimator: estimate.estimator ?? null,
    terraformPlanHash: input.terraformPlanHash ?? null,
    schemaVersion: SCHEMA_VERSION,
    currency: typeof estimate.currency === "string" ? estimate.currency : DEFAULT_CURRENCY,
    totalMonthlyCost: estimate.totalMonthlyCost,
    confidenceScore: estimate.confidenceScore ?? null,
    resourceCount: estimate.byResource.length,
    unpricedResourceCount: unpricedCount(estimate.byResource),
    labels: input.labels ?? {},
    warnings: [...(estimate.warnings ?? []), ...reconcile(estimate)],
  };
}
