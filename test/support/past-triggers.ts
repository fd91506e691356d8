import type { TestService } from "./service.ts";

/**
 * Runs SQL as a superuser with the triggers off, for a test that needs what the database refuses: jobs that were
 * stored long ago, or a change behind the service's back. Foreign keys are off as well.
 */
export async function pastTriggers(service: Pick<TestService, "sql">, text: string): Promise<void> {
  // Several statements in one message are one transaction, which the setting ends with.
  await service.sql(`set local session_replication_role = replica; ${text}`);
}

/** Removes the jobs of a user and their parts without a trace. */
export async function removeJobsOf(service: Pick<TestService, "sql">, user: string): Promise<void> {
  const parts = ["cost_results", "service_costs", "region_costs"].map(
    (table) => `delete from ${table} using jobs where jobs.id = job_id and user_id = '${user}'`,
  );
  await pastTriggers(service, [...parts, `delete from jobs where user_id = '${user}'`].join("; "));
}
