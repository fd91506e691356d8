import type { JWTPayload } from "jose";
import { DomainError } from "../../errors.ts";
import { refuseCredentials } from "../unauthenticated.ts";
import type { Viewer } from "../viewer.ts";
import type { ClaimRule, ExpectedClaim, OidcIssuer } from "./issuers.ts";

/** Text that PostgreSQL can store, without what is a pattern in a project. */
const NAME = /^[^*\p{Cc}\p{Cs}]+$/u;

/**
 * What the first rule that fits makes of verified claims. A rule that mentions a claim which the JWT does not have
 * does not fit.
 * @throws DomainError FORBIDDEN when none fits; UNAUTHENTICATED when they name no subject.
 */
export function viewerOfClaims({ issuer, rules }: OidcIssuer, claims: JWTPayload): Viewer {
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw refuseCredentials('The JWT\'s claim "sub" must be a text.');
  }
  for (const rule of rules) {
    const viewer = fits(rule, claims) ? viewerBy(rule, issuer, claims) : undefined;
    if (viewer !== undefined) return viewer;
  }
  throw new DomainError(
    "FORBIDDEN",
    `No rule of OIDC_ISSUERS lets this workload in (subject "${claims.sub ?? ""}").`,
  );
}

function fits({ claims: expected }: ClaimRule, claims: JWTPayload): boolean {
  return Object.entries(expected).every(([name, wanted]) => matches(wanted, ownClaim(claims, name)));
}

function matches(wanted: ExpectedClaim, value: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => matches(one, value));
  if (typeof wanted === "string" && typeof value === "string") return patternOf(wanted).test(value);
  // GitLab sends "true" where others send true.
  return (typeof value === "boolean" || typeof value === "number" || typeof value === "string") &&
    typeof wanted !== "object"
    ? String(value) === String(wanted)
    : false;
}

/** "acme/*" fits acme/shop and not acme/shop/x: a star does not reach across a slash. */
function patternOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]*")}$`);
}

function viewerBy(rule: ClaimRule, issuer: string, claims: JWTPayload): Viewer | undefined {
  const projects = rule.projects === "*" ? undefined : rule.projects.map((text) => filled(text, claims));
  const userId = rule.user === undefined ? undefined : filled(rule.user, claims);
  // What a rule says and the JWT has no claim for must not turn into less of a restriction.
  if (projects?.includes(undefined) || (rule.user !== undefined && userId === undefined)) return undefined;
  const subject = claims.sub ?? "";
  return {
    id: `oidc:${issuer} ${subject}`,
    name: subject,
    scope: rule.scope,
    projects: projects?.filter((project) => project !== undefined),
    userId,
  };
}

/** A template with the claims' values; undefined when one is missing, or could be taken for a pattern. */
function filled(template: string, claims: JWTPayload): string | undefined {
  let isComplete = true;
  const text = template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = ownClaim(claims, name);
    if (typeof value === "string" && NAME.test(value)) return value;
    isComplete = false;
    return "";
  });
  return isComplete ? text : undefined;
}

function ownClaim(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
