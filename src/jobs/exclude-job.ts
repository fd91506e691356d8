import { validate as isUuid } from "uuid";
import { requireScope, type Viewer } from "../access/viewer.ts";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { BadUserInput } from "../lib/errors.ts";
import { type TextLimit, textRule } from "../lib/text.ts";
import { addDecision, type Decision, lockLastDecision } from "./exclusion.sql.ts";
import { jobNotFound } from "./job-reader.ts";

const REASON_LIMIT: TextLimit = { most: 1_000, unit: "characters" };

/** The input of an exclusion. */
export interface ExcludeInput {
  readonly jobId: string;
  readonly reason: string;
}

/** The input of the end of an exclusion. */
export interface IncludeInput {
  readonly jobId: string;
  readonly reason?: string | null;
}

/**
 * Excludes a job from its series, durably. A new reason for an excluded job replaces the previous one. The same reason
 * of the same user adds no record, so that a client can repeat the request.
 * @throws DomainError FORBIDDEN without the scope admin; NOT_FOUND when the viewer does not see the job.
 * @throws BadUserInput for an invalid reason.
 */
export function excludeJob(db: Database, viewer: Viewer, { jobId, reason }: ExcludeInput): Promise<void> {
  const decision = { isExcluded: true, reason, userId: viewer.userId ?? null };
  return decide(
    db,
    viewer,
    jobId,
    decision,
    (last) => last.isExcluded && last.reason === reason && last.userId === decision.userId,
  );
}

/**
 * Ends the exclusion of a job, durably. A job that is not excluded stays as it is, without a record.
 * @throws DomainError FORBIDDEN without the scope admin; NOT_FOUND when the viewer does not see the job.
 * @throws BadUserInput for an invalid reason.
 */
export function includeJob(db: Database, viewer: Viewer, { jobId, reason }: IncludeInput): Promise<void> {
  const decision = { isExcluded: false, reason: reason ?? null, userId: viewer.userId ?? null };
  return decide(db, viewer, jobId, decision, (last) => !last.isExcluded);
}

const JOB_PATH = ["input", "jobId"];

/** Adds a decision about a job, unless the last decision already says the same. */
async function decide(
  db: Database,
  viewer: Viewer,
  jobId: string,
  decision: Decision,
  isDecided: (last: Decision) => boolean,
): Promise<void> {
  requireScope(viewer, "admin");
  requireReason(decision.reason);
  if (!isUuid(jobId)) throw jobNotFound(JOB_PATH, jobId);
  const id = jobId.toLowerCase();
  await durableTransaction(db, async (tx) => {
    const last = await lockLastDecision(tx, id);
    if (last === undefined) throw jobNotFound(JOB_PATH, jobId);
    if (isDecided(last)) return;
    if (!(await addDecision(tx, id, last, decision))) throw jobNotFound(JOB_PATH, jobId);
  });
}

function requireReason(reason: string | null): void {
  const rule = reason === null ? undefined : textRule(reason, REASON_LIMIT);
  if (rule !== undefined) throw new BadUserInput([{ path: ["input", "reason"], rule }]);
}
