import { DomainError } from "../errors.ts";
import { coversProject } from "./project-pattern.ts";
import { includesScope, type Scope } from "./scope.ts";
import type { Viewer } from "./viewer.ts";

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
  throw new DomainError(
    "FORBIDDEN",
    `input.project ${rule}${project === undefined ? "; it is missing" : ""}`,
  );
}

function permittedUser({ userId }: Viewer, asked: Stored["userId"]): Stored["userId"] {
  if (userId === undefined) return asked;
  if (asked === undefined || asked === null || asked === userId) return userId;
  throw new DomainError("FORBIDDEN", `input.userId must be "${userId}", whose token this is, or left out`);
}
