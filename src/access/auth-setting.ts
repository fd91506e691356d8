import { readFileSync } from "node:fs";
import * as z from "zod";
import { reasonOf } from "../reason-of.ts";
import { isLoopback } from "./loopback.ts";
import { OidcIssuers } from "./oidc/issuers.ts";

/** Whether requests need a token. */
export type AuthMode = "tokens" | "none";

/** The environment variables about access. */
export const AuthVariables = {
  AUTH: z.enum(["tokens", "none"]).optional(),
  OIDC_ISSUERS: z
    .string()
    .transform(readIssuers)
    .default(() => []),
};

/**
 * What AUTH is when it is not set: none for the embedded database on an address that only this machine reaches, for a
 * first look; tokens as soon as others could reach the server, or it works on a database that is not its own.
 */
export function authMode(host: string, databaseUrl: string | undefined): AuthMode {
  return databaseUrl === undefined && isLoopback(host) ? "none" : "tokens";
}

/** The issuers of a variable, which holds them as JSON or names a file that does. */
function readIssuers(value: string, context: z.RefinementCtx) {
  const json = parse(value, context);
  if (json === undefined) return z.NEVER;
  const issuers = OidcIssuers.safeParse(json);
  if (issuers.success) return issuers.data;
  for (const issue of issuers.error.issues) {
    context.addIssue({ code: "custom", message: `${pathText(issue.path)}${issue.message}` });
  }
  return z.NEVER;
}

function parse(value: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(/^\s*\[/.test(value) ? value : readFileSync(value, "utf8"));
  } catch (error) {
    const message = `must be a JSON array of issuers, or the name of a file with one (${reasonOf(error)})`;
    context.addIssue({ code: "custom", message });
    return undefined;
  }
}

/** [0].rules[1].scope: */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return text === "" ? "" : `${text}: `;
}
