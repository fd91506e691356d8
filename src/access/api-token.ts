import type { ProjectPattern } from "./project-pattern.ts";
import type { Scope } from "./scope.ts";

/** An API token as it is listed: all but its secret, which nobody has. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** The projects that it is bound to; null: all. */
  readonly projects: readonly ProjectPattern[] | null;
  /** Whose it is; null: nobody's in particular. */
  readonly userId: string | null;
  readonly createdAt: Date;
  /** When it stops working; null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** When it was last used, a minute more or less; null: never. */
  readonly lastUsedAt: Date | null;
}
