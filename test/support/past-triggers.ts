import type { TestService } from "./service.ts";

/**
 * Runs SQL as a superuser without triggers and foreign keys, for data that the database refuses: jobs that were stored
 * long ago, or a change without the service.
 */
export async function pastTriggers(service: Pick<TestService, "sql">, text: string): Promise<void> {
  // Several statements in one message are one transaction, at whose end the setting ends.
  await service.sql(`set local session_replication_role = replica; ${text}`);
}

/** Removes the jobs of a user and their parts without a trace. */
export async function removeJobsOf(service: Pick<TestService, "sql">, user: string): Promise<void> {
  const parts = ["cost_results", "service_costs", "region_costs"].map(
    (table) => `delete from ${table} using jobs where jobs.id = job_id and user_id = '${user}'`,
  );
  await pastTriggers(service, [...parts, `delete from jobs where user_id = '${user}'`].join("; "));
}
