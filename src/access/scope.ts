/** What a token is good for; each scope includes the ones before it. */
export const SCOPES = ["read", "write", "admin"] as const;

/** One of the scopes. */
export type Scope = (typeof SCOPES)[number];

/** Whether what is held includes what is wanted. */
export function includesScope(held: Scope, wanted: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(wanted);
}
