import { createHash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { permittedToStore, type Viewer } from "../access/viewer.ts";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { DomainError } from "../lib/errors.ts";
import { storedEstimates } from "../lib/events.ts";
import { isRawNumber } from "../lib/json.ts";
import { DEFAULT_CURRENCY } from "../lib/money.ts";
import { checkEstimate } from "./check-estimate.ts";
import {
  type IdempotencyKey,
  insertJob,
  insertRegions,
  insertResources,
  insertServices,
  type KeyHolder,
  type NewJob,
  takeIdempotencyKey,
} from "./estimate.sql.ts";
import {
  columnsOfInput,
  ESTIMATE,
  type Field,
  NEW_ESTIMATE,
  type NewEstimate,
  RESOURCE_COST,
} from "./estimate.ts";
import { reconcile } from "./reconcile.ts";
import { rankByCost, regionTotals, serviceTotals, unpricedCount } from "./totals.ts";

/** The version of the stored record's shape, kept with every job. */
const SCHEMA_VERSION = "1";

/** Which job holds the estimate, and whether this call stored it (false: its idempotency key already had). */
interface StoredEstimate {
  readonly jobId: string;
  readonly created: boolean;
}

/**
 * Stores an estimate for good: the job, its resources and its totals per service and region, in one transaction
 * of nothing but INSERTs.
 * @throws BadUserInput when something in it cannot be stored; nothing is stored then.
 * @throws DomainError IDEMPOTENCY_CONFLICT when its key has stored another estimate, or a job that was purged; FORBIDDEN
 * when the viewer may not store it.
 */
export async function storeEstimate(
  db: Database,
  viewer: Viewer,
  asked: NewEstimate,
): Promise<StoredEstimate> {
  const input = permittedToStore(viewer, asked);
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
  const namespace = db.visibleProjects === undefined ? "" : (input.project ?? "");
  return { namespace, key, requestHash: requestHash(input) };
}

/** After COMMIT: a refusal names the stored job, and is as final for the client as an acknowledgement. */
function requireReplay({ key, requestHash: hash }: HashedKey, holder: KeyHolder): void {
  if (!hash.equals(holder.requestHash)) {
    throw new DomainError("IDEMPOTENCY_CONFLICT", [
      ["input", "idempotencyKey"],
      ` "${key}" has stored another estimate, as job ${holder.jobId}; use a new key for a new estimate`,
    ]);
  }
  // What was let go does not come back by a late retry, and a job that is gone cannot be answered.
  if (holder.purgedAt !== null) {
    throw new DomainError("IDEMPOTENCY_CONFLICT", [
      ["input", "idempotencyKey"],
      ` "${key}" has stored this estimate as job ${holder.jobId}, which retention removed on ${holder.purgedAt.toISOString()}; use a new key to store it again`,
    ]);
  }
}

function jobOf(input: NewEstimate): NewJob {
  const { estimate } = input;
  const { idempotencyKey: _, ...context } = columnsOfInput(NEW_ESTIMATE, input);
  const { currency, ...columns } = columnsOfInput(ESTIMATE, estimate);
  return {
    ...context,
    ...columns,
    // With options it has no counter, which would tell a bound token how many others were stored in a millisecond.
    id: uuidv7({}),
    schemaVersion: SCHEMA_VERSION,
    currency: typeof currency === "string" ? currency : DEFAULT_CURRENCY,
    resourceCount: estimate.byResource.length,
    unpricedResourceCount: unpricedCount(estimate.byResource),
    warnings: [...(estimate.warnings ?? []), ...reconcile(estimate)],
  };
}

/** The fields that hold JSON of the estimator's own, in which null is a value; elsewhere it is "not stated". */
const JSON_FIELDS: ReadonlySet<string> = new Set(
  [NEW_ESTIMATE, ESTIMATE, RESOURCE_COST].flatMap(({ fields }) =>
    Object.entries<Field>(fields).flatMap(([name, { kind }]) =>
      kind === "json" || kind === "jsonObject" ? name : [],
    ),
  ),
);

/**
 * SHA-256 over all that a request asks to store, its idempotency key aside. Two requests have the same hash when
 * they ask for the same: the order of object keys does not count, digits of amounts do ("5.1" and "5.10").
 */
function requestHash({ idempotencyKey: _, ...request }: NewEstimate): Buffer {
  return createHash("sha256").update(JSON.stringify(request, canonical)).digest();
}

function canonical(key: string, value: unknown): unknown {
  if (typeof value === "symbol") return value.description;
  if (value === null) return undefined;
  return JSON_FIELDS.has(key) ? JSON.stringify(value, (_key, item) => sortKeys(item)) : sortKeys(value);
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isRawNumber(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
