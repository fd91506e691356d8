import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { DomainError } from "../../errors.ts";
import { refuseCredentials } from "../unauthenticated.ts";
import type { Viewer } from "../viewer.ts";
import type { OidcIssuer } from "./issuers.ts";
import { KeysUnavailable, keysOf } from "./jwks.ts";
import { viewerOfClaims } from "./viewer-of-claims.ts";

/** Signatures with a private key only: a shared secret, or "none", must never pass for one. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_TOLERANCE = 30;

/** Finds out what a JWT is good for. */
export type JwtVerifier = (jwt: string) => Promise<Viewer>;

/**
 * Verifies the JWTs of the issuers: signature, issuer, audience and times; then their claims by the rules.
 * @param onFault is told why an issuer's keys could not be had.
 */
export function createJwtVerifier(
  issuers: readonly OidcIssuer[],
  onFault: (error: unknown) => void,
): JwtVerifier {
  const known = new Map(issuers.map((issuer) => [issuer.issuer, { ...issuer, keys: keysOf(issuer) }]));
  return async (jwt) => {
    const issuer = known.get(issuerOf(jwt) ?? "");
    if (issuer === undefined) throw refuseCredentials("The JWT's issuer is not one of OIDC_ISSUERS.");
    try {
      const { payload } = await jwtVerify(jwt, issuer.keys, {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ["exp", "iat", "sub"],
      });
      return viewerOfClaims(issuer, payload);
    } catch (error) {
      throw refusalOf(error, onFault);
    }
  };
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

function refusalOf(error: unknown, onFault: (error: unknown) => void): Error {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return refuseCredentials("The JWT has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refuseCredentials(`The JWT's claim "${error.claim}" is missing or not as it must be here.`);
  }
  if (error instanceof KeysUnavailable) {
    onFault(error);
    return new DomainError(
      "SERVICE_UNAVAILABLE",
      "The keys of the JWT's issuer cannot be had now; try again.",
    );
  }
  if (error instanceof errors.JOSEError) {
    return refuseCredentials("The JWT is not signed as it must be, or not by its issuer.");
  }
  return error instanceof Error ? error : new Error(String(error));
}
