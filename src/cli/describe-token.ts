import type { ApiToken } from "../access/tokens.sql.ts";

/** A token in one line: what it is good for, until when, and when it was last used. */
export function describeToken(token: ApiToken): string {
  const { id, name, scope, projects, userId, createdAt, expiresAt, revokedAt, lastUsedAt } = token;
  return [
    id,
    name,
    scope,
    projects === null ? "all projects" : `projects ${projects.join(", ")}`,
    ...(userId === null ? [] : [`user ${userId}`]),
    `created ${day(createdAt)}`,
    ...(expiresAt === null
      ? []
      : [`${expiresAt.getTime() <= Date.now() ? "expired" : "expires"} ${expiresAt.toISOString()}`]),
    ...(revokedAt === null ? [] : [`revoked ${day(revokedAt)}`]),
    lastUsedAt === null ? "never used" : `last used ${lastUsedAt.toISOString()}`,
  ].join("  ");
}

function day(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
