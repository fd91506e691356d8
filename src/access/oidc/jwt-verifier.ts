import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { DomainError } from "../../errors.ts";
import { refuseCredentials } from "../unauthenticated.ts";
import type { Viewer } from "../viewer.ts";
import type { OidcIssuer } from "./issuers.ts";
import { type IssuerKeys, KeysUnavailable, keysOf } from "./jwks.ts";
import { viewerOfClaims } from "./viewer-of-claims.ts";

/** Signatures with a private key only: a shared secret, or "none", must never pass for one. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_TOLERANCE = 30;

/**
 * How long a JWT may be valid, in seconds: a day. GitHub's are for minutes, GitLab's for as long as the job may run.
 */
const LONGEST_LIFETIME = 86_400;

/** Finds out what a JWT is good for. */
export type JwtVerifier = (jwt: string) => Promise<Viewer>;

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
    if (issuer === undefined) throw refuseCredentials("The JWT's issuer is not one of OIDC_ISSUERS.");
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
  throw refuseCredentials(
    `The JWT is valid for longer than ${LONGEST_LIFETIME / 3_600} hours (from its iat to its exp); let its issuer make it for less.`,
  );
}

/** Who says that it made the JWT; nothing is verified yet. */
function issuerOf(jwt: string): string | undefined {
  try {
    const { iss }: JWTPayload = decodeJwt(jwt);
    return iss;
  } catch {
    throw refuseCredentials("The token is neither an API token of this service nor a JWT.");
  }
}

function refusalOf(error: unknown, onFault: (error: unknown) => void): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return refuseCredentials("The JWT has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refuseCredentials(`The JWT's claim "${error.claim}" is missing or not as it must be here.`);
  }
  if (error instanceof KeysUnavailable) {
    return new DomainError(
      "SERVICE_UNAVAILABLE",
      "The keys of the JWT's issuer cannot be had now; try again.",
    );
  }
  if (error instanceof errors.JOSEError) {
    return refuseCredentials("The JWT is not signed as it must be, or not by its issuer.");
  }
  // A key of the issuer that cannot be used, an RSA key of 1,024 bits for one.
  onFault(error);
  return new DomainError("SERVICE_UNAVAILABLE", "The JWT cannot be verified with the keys of its issuer.");
}
