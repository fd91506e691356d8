import { createHash } from "node:crypto";
import { permittedToStore, type Viewer } from "../access/viewer.ts";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { DomainError } from "../lib/errors.ts";
import { storedEstimates } from "../lib/events.ts";
import { personName, statedPullRequest } from "../lib/git-origin.ts";
import { isRawNumber } from "../lib/json.ts";
import { DEFAULT_CURRENCY } from "../lib/money.ts";
import { firstLine, pathName, withoutCredentials } from "../lib/text.ts";
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
import { ESTIMATE, NEW_ESTIMATE, type NewEstimate, RESOURCE_COST } from "./estimate.ts";
import { columnsOfInput, type Field } from "./input-object.ts";
import { newJobId, shardKeyOf } from "./job-id.ts";
import { reconcile } from "./reconcile.ts";
import { rankByCost, regionTotals, serviceTotals, unpricedCount } from "./totals.ts";

/** The version of the structure of a stored job, which is stored with every job. */
const SCHEMA_VERSION = "1";

/** The job with the estimate. `created` is false if an earlier request with the same idempotency key stored the job. */
interface StoredEstimate {
  readonly jobId: string;
  readonly created: boolean;
}

/**
 * Stores an estimate durably: the job, its resources and its totals per service and region, in one transaction that
 * consists only of INSERTs. In case of an error, nothing is stored.
 * @throws BadUserInput when a value cannot be stored.
 * @throws DomainError IDEMPOTENCY_CONFLICT when the idempotency key belongs to another estimate or to a purged job;
 * FORBIDDEN when the viewer may not store the estimate.
 */
export async function storeEstimate(
  db: Database,
  viewer: Viewer,
  asked: NewEstimate,
): Promise<StoredEstimate> {
  const input = permittedToStore(viewer, normalized(asked));
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
    await insertResources(tx, job, resources);
    await insertServices(tx, job, services);
    await insertRegions(tx, job, regions);
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

/**
 * Checks that a request with a used idempotency key is a retry. The check runs after COMMIT: the error names the stored
 * job, so that the error must be as durable as an acknowledgement.
 * @throws DomainError IDEMPOTENCY_CONFLICT
 */
function requireReplay({ key, requestHash: hash }: HashedKey, holder: KeyHolder): void {
  if (!hash.equals(holder.requestHash)) {
    throw new DomainError("IDEMPOTENCY_CONFLICT", [
      ["input", "idempotencyKey"],
      ` "${key}" has stored another estimate, as job ${holder.jobId}; use a new key for a new estimate`,
    ]);
  }
  // A late retry must not store a purged job again, and a purged job cannot be returned.
  if (holder.purgedAt !== null) {
    throw new DomainError("IDEMPOTENCY_CONFLICT", [
      ["input", "idempotencyKey"],
      ` "${key}" has stored this estimate as job ${holder.jobId}, which retention removed on ${holder.purgedAt.toISOString()}; use a new key to store it again`,
    ]);
  }
}

/**
 * The input with the values that are stored. It precedes the check of the viewer's projects, so that `a//b` is not a way
 * around it, and the hash of the request, so that the hash of an input in the normal form never changes. A text of
 * which nothing is left stays: it is refused.
 */
function normalized(input: NewEstimate): NewEstimate {
  const { project, commitMessage, commitAuthor, pullRequestUrl, commitUrl, runUrl } = input;
  return {
    ...input,
    // "//" is no name.
    ...(project && { project: pathName(project) ?? "" }),
    // The body of a message can be longer than the limit.
    ...(commitMessage && { commitMessage: firstLine(commitMessage) ?? commitMessage }),
    ...(commitAuthor?.trim() && { commitAuthor: personName(commitAuthor) }),
    ...(pullRequestUrl?.trim() && { pullRequestUrl: statedPullRequest(pullRequestUrl) }),
    ...(commitUrl && { commitUrl: withoutCredentials(commitUrl) }),
    ...(runUrl && { runUrl: withoutCredentials(runUrl) }),
  };
}

function jobOf(input: NewEstimate): NewJob {
  const { estimate } = input;
  const shardKey = shardKeyOf(input.project ?? null);
  const { idempotencyKey: _, isDefaultBranch, ...context } = columnsOfInput(NEW_ESTIMATE, input);
  const { currency, isComplete, ...columns } = columnsOfInput(ESTIMATE, estimate);
  return {
    ...context,
    ...columns,
    statedComplete: isComplete,
    statedDefaultBranch: isDefaultBranch,
    id: newJobId(shardKey),
    shardKey,
    schemaVersion: SCHEMA_VERSION,
    currency: typeof currency === "string" ? currency : DEFAULT_CURRENCY,
    resourceCount: estimate.byResource.length,
    unpricedResourceCount: unpricedCount(estimate.byResource),
    warnings: [...(estimate.warnings ?? []), ...reconcile(estimate)],
  };
}

/** The fields with arbitrary JSON, in which null is a value. In all other fields, null means "not stated". */
const JSON_FIELDS: ReadonlySet<string> = new Set(
  [NEW_ESTIMATE, ESTIMATE, RESOURCE_COST].flatMap(({ fields }) =>
    Object.entries<Field>(fields).flatMap(([name, { kind }]) =>
      kind === "json" || kind === "jsonObject" ? name : [],
    ),
  ),
);

/**
 * The SHA-256 hash of a request without its idempotency key. Two requests with the same contents have the same hash.
 * The order of object keys is not significant, but the digits of amounts are: "5.1" and "5.10" are different.
 * `isComplete: true`, the default, is left out: a request that was stored before the field existed has the same hash.
 */
function requestHash({ idempotencyKey: _, ...request }: NewEstimate): Buffer {
  const { isComplete, ...estimate } = request.estimate;
  const hashed = isComplete === false ? request : { ...request, estimate };
  return createHash("sha256").update(JSON.stringify(hashed, canonical)).digest();
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
