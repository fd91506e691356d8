/**
 * What a connection may do. The server's may SELECT and INSERT; retention's may SELECT, and DELETE whole jobs
 * within a purge. Made by migrations/20261125-1-protect-estimates.ts, without a login of their own.
 */
export type DatabaseRole = "results_storage_server" | "results_storage_retention";

/**
 * The URL whose connections take the role as they start, which costs no statement. What the URL or PGOPTIONS ask
 * for beside that is kept.
 */
export function withRole(url: string, role: DatabaseRole): string {
  const changed = new URL(url);
  const options = changed.searchParams.get("options") ?? process.env.PGOPTIONS ?? "";
  changed.searchParams.set("options", `${options} -c role=${role}`.trim());
  return changed.href;
}
