import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { DomainError } from "../lib/errors.ts";
import type { ClaimRule, ExpectedClaim, OidcIssuer } from "./oidc-issuers.ts";
import { type IssuerKeys, KeysUnavailable, keysOf } from "./oidc-keys.ts";
import { invalidCredentials, type Viewer } from "./viewer.ts";

/** Signatures with a private key only: a shared secret, or "none", must never pass for one. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_TOLERANCE = 30;

/**
 * How long a JWT may be valid, in seconds: a day. GitHub's are for minutes, GitLab's for as long as the job may run.
 */
const LONGEST_LIFETIME = 86_400;

/** Finds out what a JWT is good for. */
type JwtVerifier = (jwt: string) => Promise<Viewer>;

/**
 * Verifies the JWTs of the issuers: signature, issuer, audience and times; then their claims by the rules.
 * @param onFault is told why an issuer's keys cannot be read or used.
 */
export function createJwtVerifier(
  issuers: readonly OidcIssuer[],
  onFault: (error: unknown) => void,
): JwtVerifier {
  const known = new Map(
    issuers.map((issuer) => [issuer.issuer, { ...issuer, keys: keysOf(issuer, onFault) }]),
  );
  return async (jwt) => {
    const issuer = known.get(issuerOf(jwt) ?? "");
    if (issuer === undefined) throw invalidCredentials("The JWT's issuer is not one of OIDC_ISSUERS.");
    try {
      const claims = await verifiedClaims(jwt, issuer).catch(async (error) => {
        const isForged = error instanceof errors.JWSSignatureVerificationFailed;
        if (isForged && (await issuer.keys.renew())) return verifiedClaims(jwt, issuer);
        throw error;
      });
      requireShortLife(claims);
      return viewerOfClaims(issuer, claims);
    } catch (error) {
      throw refusalOf(error, onFault);
    }
  };
}

async function verifiedClaims(
  jwt: string,
  { issuer, audience, keys }: OidcIssuer & { readonly keys: IssuerKeys },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(jwt, keys.find, {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE,
    requiredClaims: ["exp", "iat", "sub"],
    // Also refuses an iat in the future.
    maxTokenAge: LONGEST_LIFETIME,
  });
  return payload;
}

/** A JWT that leaks is good for as long as it lives. */
function requireShortLife({ iat = 0, exp = Number.POSITIVE_INFINITY }: JWTPayload): void {
  if (exp - iat <= LONGEST_LIFETIME + CLOCK_TOLERANCE) return;
  throw invalidCredentials(
    `The JWT is valid for longer than ${LONGEST_LIFETIME / 3_600} hours (from its iat to its exp); let its issuer make it for less.`,
  );
}

/** Who says that it made the JWT; nothing is verified yet. */
function issuerOf(jwt: string): string | undefined {
  try {
    const { iss }: JWTPayload = decodeJwt(jwt);
    return iss;
  } catch {
    throw invalidCredentials("The token is neither an API token of this service nor a JWT.");
  }
}

function refusalOf(error: unknown, onFault: (error: unknown) => void): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return invalidCredentials("The JWT has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidCredentials(`The JWT's claim "${error.claim}" is missing or not as it must be here.`);
  }
  if (error instanceof KeysUnavailable) {
    return new DomainError(
      "SERVICE_UNAVAILABLE",
      "The keys of the JWT's issuer cannot be had now; try again.",
    );
  }
  if (error instanceof errors.JOSEError) {
    return invalidCredentials("The JWT is not signed as it must be, or not by its issuer.");
  }
  // A key of the issuer that cannot be used, an RSA key of 1,024 bits for one.
  onFault(error);
  return new DomainError("SERVICE_UNAVAILABLE", "The JWT cannot be verified with the keys of its issuer.");
}

/** Text that PostgreSQL can store, without what is a pattern in a project. */
const NAME = /^[^*\p{Cc}\p{Cs}]+$/u;

/**
 * What the first rule that fits makes of verified claims. A rule that mentions a claim which the JWT does not have
 * does not fit.
 * @throws DomainError FORBIDDEN when none fits; UNAUTHENTICATED when they name no subject.
 */
function viewerOfClaims({ issuer, rules }: OidcIssuer, claims: JWTPayload): Viewer {
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw invalidCredentials('The JWT\'s claim "sub" must be a text.');
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
