import { conditionsOf, type ProjectPattern } from "../database/database.ts";
import { DomainError } from "../lib/errors.ts";

/** The caller of a request, with its permissions. */
export interface Viewer {
  /** Identifies the viewer permanently: `token:UUID`, `oidc:ISSUER SUBJECT`, or `anyone` without access control. */
  readonly id: string;
  /** The name for logs: the token's name, or the subject of the JWT. Never a secret. */
  readonly name: string;
  readonly scope: Scope;
  /** The projects whose jobs the viewer can read and store; undefined: all jobs, also those without a project. */
  readonly projects: readonly ProjectPattern[] | undefined;
  /** The owner of the token, and the user of the jobs that it stores. */
  readonly userId: string | undefined;
}

/** Every caller, when access control is disabled (AUTH=none). */
export const AUTH_DISABLED: Viewer = {
  id: "anyone",
  name: "anyone",
  scope: "admin",
  projects: undefined,
  userId: undefined,
};

/** A caller without credentials, which can read and store nothing. */
export const ANONYMOUS: Viewer = {
  id: "nobody",
  name: "nobody",
  scope: "read",
  projects: [],
  userId: undefined,
};

/** The visible projects as a key: viewers with equal keys get equal responses to equal queries. */
export function visibilityKey({ projects }: Viewer): string {
  return projects === undefined ? "*" : JSON.stringify([...new Set(projects)].sort());
}

/** The scopes of tokens; each includes the ones before it. */
export const SCOPES = ["read", "write", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

/** Whether a scope includes the required one. */
export function includesScope(scope: Scope, required: Scope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(required);
}

/** The fields of an estimate that access control checks. */
interface OwnedInput {
  readonly project?: string | null | undefined;
  readonly userId?: string | null | undefined;
}

/** @throws DomainError FORBIDDEN when the viewer's scope does not include this one. */
export function requireScope({ scope }: Viewer, required: Scope): void {
  if (includesScope(scope, required)) return;
  throw new DomainError("FORBIDDEN", `This token has the scope ${scope}; the request needs ${required}.`);
}

/**
 * The input with the viewer's user.
 * @throws DomainError FORBIDDEN when the viewer may only read, is bound to other projects, or has another user.
 */
export function permittedToStore<Input extends OwnedInput>(viewer: Viewer, input: Input): Input {
  requireScope(viewer, "write");
  requireProject(viewer, input.project ?? undefined);
  return { ...input, userId: permittedUser(viewer, input.userId) };
}

function requireProject({ projects }: Viewer, project: string | undefined): void {
  if (projects === undefined || (project !== undefined && coversProject(projects, project))) return;
  const bound = projects.map((pattern) => `"${pattern}"`).join(", ");
  const rule = `must be one that this token is bound to (${bound})`;
  throw new DomainError("FORBIDDEN", [
    ["input", "project"],
    ` ${rule}${project === undefined ? "; it is missing" : ""}`,
  ]);
}

/** Whether one of the patterns matches the project. */
function coversProject(patterns: readonly ProjectPattern[], project: string): boolean {
  const { names, prefixes } = conditionsOf(patterns);
  return names.includes(project) || prefixes.some((prefix) => project.startsWith(prefix));
}

function permittedUser({ userId }: Viewer, requested: OwnedInput["userId"]): OwnedInput["userId"] {
  if (userId === undefined) return requested;
  if (requested === undefined || requested === null || requested === userId) return userId;
  throw new DomainError("FORBIDDEN", [
    ["input", "userId"],
    ` must be "${userId}", the user of this token, or omitted`,
  ]);
}

/** The error for a request without credentials. */
export function missingToken(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "A token is required: send the header Authorization: Bearer TOKEN (the command line sends RESULTS_STORAGE_TOKEN).",
  );
}

/** The error for credentials that are not accepted. The message never contains them. */
export function invalidCredentials(message: string): DomainError {
  return new DomainError("UNAUTHENTICATED", message);
}
