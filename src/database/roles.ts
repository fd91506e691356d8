import { withSettings } from "./session-settings.ts";

/**
 * What a connection may do. The server's may SELECT and INSERT; retention's may SELECT, and DELETE whole jobs
 * within a purge. Made by migrations/20261125-1-protect-estimates.ts, without a login of their own.
 */
export type DatabaseRole = "results_storage_server" | "results_storage_retention";

/** The URL whose connections take the role as they start. */
export function withRole(url: string, role: DatabaseRole): string {
  return withSettings(url, { role });
}
