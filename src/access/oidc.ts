import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { DomainError } from "../lib/errors.ts";
import type { ClaimRule, OidcIssuer, RequiredClaim } from "./oidc-issuers.ts";
import { type IssuerKeys, KeysUnavailable, keysOf } from "./oidc-keys.ts";
import { invalidCredentials, type Viewer } from "./viewer.ts";

/** Algorithms with a private key only: a shared secret, or "none", must never be accepted. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** The accepted difference between the issuer's clock and this machine's, in seconds. */
const CLOCK_TOLERANCE = 30;

/** The maximum lifetime of a JWT, in seconds: a day. GitHub's have minutes, GitLab's the timeout of the job. */
const MAX_LIFETIME = 86_400;

/** Returns the viewer of a JWT. */
type JwtVerifier = (jwt: string) => Promise<Viewer>;

/**
 * Verifies the signature, issuer, audience and times of JWTs, and applies the rules to their claims.
 * @param onFault is called when an issuer's keys cannot be read or used.
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
        const isInvalid = error instanceof errors.JWSSignatureVerificationFailed;
        if (isInvalid && (await issuer.keys.renew())) return verifiedClaims(jwt, issuer);
        throw error;
      });
      requireShortLifetime(claims);
      return viewerOfClaims(issuer, claims);
    } catch (error) {
      throw toDomainError(error, onFault);
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
    maxTokenAge: MAX_LIFETIME,
  });
  return payload;
}

/** A JWT that leaks can be used until it expires. */
function requireShortLifetime({ iat = 0, exp = Number.POSITIVE_INFINITY }: JWTPayload): void {
  if (exp - iat <= MAX_LIFETIME + CLOCK_TOLERANCE) return;
  throw invalidCredentials(
    `The JWT is valid for longer than ${MAX_LIFETIME / 3_600} hours (from its iat to its exp); configure a shorter lifetime at its issuer.`,
  );
}

/** The unverified issuer of a JWT. */
function issuerOf(jwt: string): string | undefined {
  try {
    const { iss }: JWTPayload = decodeJwt(jwt);
    return iss;
  } catch {
    throw invalidCredentials("The token is neither an API token of this service nor a JWT.");
  }
}

function toDomainError(error: unknown, onFault: (error: unknown) => void): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return invalidCredentials("The JWT has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidCredentials(`The JWT's claim "${error.claim}" is missing or has a wrong value.`);
  }
  if (error instanceof KeysUnavailable) {
    return new DomainError(
      "SERVICE_UNAVAILABLE",
      "The keys of the JWT's issuer cannot be read now; try again.",
    );
  }
  if (error instanceof errors.JOSEError) {
    return invalidCredentials("The JWT has no valid signature of its issuer.");
  }
  // A key of the issuer is not supported, for example an RSA key of 1,024 bits.
  onFault(error);
  return new DomainError("SERVICE_UNAVAILABLE", "The JWT cannot be verified with the keys of its issuer.");
}

/** Text that PostgreSQL can store, without `*`, which has a meaning in projects. */
const NAME = /^[^*\p{Cc}\p{Cs}]+$/u;

/**
 * The viewer according to the first rule that matches the verified claims. A rule with a claim that the JWT does not have
 * does not match.
 * @throws DomainError FORBIDDEN when no rule matches; UNAUTHENTICATED when the claim "sub" is missing.
 */
function viewerOfClaims({ issuer, rules }: OidcIssuer, claims: JWTPayload): Viewer {
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw invalidCredentials('The JWT\'s claim "sub" must be a text.');
  }
  for (const rule of rules) {
    const viewer = matchesRule(rule, claims) ? applyRule(rule, issuer, claims) : undefined;
    if (viewer !== undefined) return viewer;
  }
  throw new DomainError(
    "FORBIDDEN",
    `No rule of OIDC_ISSUERS matches this workload (subject "${claims.sub ?? ""}").`,
  );
}

function matchesRule({ claims: expected }: ClaimRule, claims: JWTPayload): boolean {
  return Object.entries(expected).every(([name, required]) => matches(required, ownClaim(claims, name)));
}

function matches(required: RequiredClaim, value: unknown): boolean {
  if (Array.isArray(required)) return required.some((one) => matches(one, value));
  if (typeof required === "string" && typeof value === "string") return patternOf(required).test(value);
  // GitLab sends "true" instead of true.
  return (typeof value === "boolean" || typeof value === "number" || typeof value === "string") &&
    typeof required !== "object"
    ? String(value) === String(required)
    : false;
}

/** "acme/*" matches acme/shop and not acme/shop/x: a star does not match a slash. */
function patternOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]*")}$`);
}

function applyRule(rule: ClaimRule, issuer: string, claims: JWTPayload): Viewer | undefined {
  const projects =
    rule.projects === "*" ? undefined : rule.projects.map((text) => expandTemplate(text, claims));
  const userId = rule.user === undefined ? undefined : expandTemplate(rule.user, claims);
  // A claim that is missing in the JWT must not remove a restriction of the rule.
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

/** The template with the values of the claims; undefined when one is missing, or contains `*`. */
function expandTemplate(template: string, claims: JWTPayload): string | undefined {
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
