import type { ProjectPattern } from "./project-pattern.ts";
import type { Scope } from "./scope.ts";

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
export const ANYONE: Viewer = {
  id: "anyone",
  name: "anyone",
  scope: "admin",
  projects: undefined,
  userId: undefined,
};

/** Whoever has not said who it is: sees nothing, stores nothing. */
export const NOBODY: Viewer = {
  id: "nobody",
  name: "nobody",
  scope: "read",
  projects: [],
  userId: undefined,
};

/** What a viewer may see, as text: two viewers with one text get the same answer to the same question. */
export function sightOf({ projects }: Viewer): string {
  return projects === undefined ? "*" : JSON.stringify([...new Set(projects)].sort());
}
