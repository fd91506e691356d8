import { conditionsOf, type ProjectPattern } from "../database/database.ts";
import { DomainError } from "../lib/errors.ts";

/** On whose behalf a request is served, and what that one may do. */
export interface Viewer {
  /** Tells viewers apart, for good: `token:UUID`, `oidc:ISSUER SUBJECT`, or `anyone` where there is no access control. */
  readonly id: string;
  /** For people: the token's name, or the subject that the issuer named. Never a secret. */
  readonly name: string;
  readonly scope: Scope;
  /** Sees and stores only jobs of these projects; undefined: all jobs, also those without a project. */
  readonly projects: readonly ProjectPattern[] | undefined;
  /** Whose token it is: what it stores is stored by this user. */
  readonly userId: string | undefined;
}

/** Whoever asks where there is no access control. */
export const AUTH_DISABLED: Viewer = {
  id: "anyone",
  name: "anyone",
  scope: "admin",
  projects: undefined,
  userId: undefined,
};

/** Whoever has not said who it is: sees nothing, stores nothing. */
export const ANONYMOUS: Viewer = {
  id: "nobody",
  name: "nobody",
  scope: "read",
  projects: [],
  userId: undefined,
};

/** What a viewer may see, as text: two viewers with one text get the same answer to the same question. */
export function visibilityKey({ projects }: Viewer): string {
  return projects === undefined ? "*" : JSON.stringify([...new Set(projects)].sort());
}

/** What a token is good for; each scope includes the ones before it. */
export const SCOPES = ["read", "write", "admin"] as const;

/** One of the scopes. */
export type Scope = (typeof SCOPES)[number];

/** Whether what is held includes what is wanted. */
export function includesScope(held: Scope, wanted: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(wanted);
}

/** Whether one of the patterns stands for the project. */
function coversProject(patterns: readonly ProjectPattern[], project: string): boolean {
  const { names, prefixes } = conditionsOf(patterns);
  return names.includes(project) || prefixes.some((prefix) => project.startsWith(prefix));
}

/** What is stored, as far as it has to do with who may store it. */
interface Stored {
  readonly project?: string | null | undefined;
  readonly userId?: string | null | undefined;
}

/** @throws DomainError FORBIDDEN when the viewer's scope does not include this one. */
export function requireScope({ scope }: Viewer, wanted: Scope): void {
  if (includesScope(scope, wanted)) return;
  throw new DomainError("FORBIDDEN", `This token has the scope ${scope}; the request needs ${wanted}.`);
}

/**
 * What a viewer may store, under the viewer's own user.
 * @throws DomainError FORBIDDEN when it may only read, is bound to other projects, or stores as somebody else.
 */
export function permittedToStore<Input extends Stored>(viewer: Viewer, input: Input): Input {
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

function permittedUser({ userId }: Viewer, asked: Stored["userId"]): Stored["userId"] {
  if (userId === undefined) return asked;
  if (asked === undefined || asked === null || asked === userId) return userId;
  throw new DomainError("FORBIDDEN", [
    ["input", "userId"],
    ` must be "${userId}", whose token this is, or left out`,
  ]);
}

/** The refusal of a request that does not say who asks. */
export function missingToken(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "A token is needed: send the header Authorization: Bearer TOKEN (the command line sends RESULTS_STORAGE_TOKEN).",
  );
}

/** The refusal of credentials that are no good. The message never holds them. */
export function invalidCredentials(message: string): DomainError {
  return new DomainError("UNAUTHENTICATED", message);
}
