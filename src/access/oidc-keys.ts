import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import type { OidcIssuer } from "./oidc-issuers.ts";

/** The time for which keys are cached. */
const KEYS_TTL_MS = 600_000;

/** The minimum interval between reads for an unknown key. It is shorter than the retries of `push`, which take 7.75 s. */
const COOLDOWN_MS = 5_000;

/** The minimum interval between requests to an issuer that fails, for any number of JWTs. */
const PAUSE_MS = 5_000;

const TIMEOUT_MS = 5_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** A JWT cannot be verified now: the keys of its issuer cannot be read, or were read too recently. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** The keys of an issuer. */
export interface IssuerKeys {
  /** The key of a JWT. Throws KeysUnavailable when the key may exist and cannot be read now. */
  readonly find: JWTVerifyGetKey;
  /**
   * Reads the keys again after an invalid signature: the issuer may have a new key with the same `kid`.
   * @returns false when they were read too recently, or cannot be read.
   */
  renew(): Promise<boolean>;
}

/**
 * The keys of an issuer, read for its first JWT.
 * @param onFault is called with each failure to read them.
 */
export function keysOf(issuer: OidcIssuer, onFault: (error: unknown) => void): IssuerKeys {
  const mayReadForUnknown = cooldown();
  const mayReadForSignature = cooldown();
  let opening: Promise<RemoteKeys> | undefined;
  let keys: RemoteKeys | undefined;
  let pauseUntil = 0;

  /** A failure starts a pause, so that an issuer that is down does not get a request for every JWT. */
  async function reading<Result>(read: (keys: RemoteKeys) => Promise<Result>): Promise<Result> {
    try {
      opening ??= open(issuer);
      keys = await opening;
      return await read(keys);
    } catch (error) {
      if (isAboutTheKey(error) || error instanceof KeysUnavailable) throw error;
      if (keys === undefined) opening = undefined;
      pauseUntil = performance.now() + PAUSE_MS;
      const failure = new KeysUnavailable(`the keys of ${issuer.issuer} cannot be read`, { cause: error });
      onFault(failure);
      throw failure;
    }
  }

  const isPaused = () => performance.now() < pauseUntil;

  return {
    find: async (header, token) => {
      if (isPaused()) return findKnown(issuer, keys, [header, token]);
      return reading(async (remote) => {
        try {
          return await remote(header, token);
        } catch (error) {
          if (!(error instanceof errors.JWKSNoMatchingKey) || hasKey(remote, header.kid)) throw error;
          // The key may be newer than the keys that were read.
          const mayRead = mayReadForUnknown();
          if (!mayRead && !remote.reloading) throw notReadYet(issuer);
          await remote.reload();
          return mayRead ? remote(header, token) : findKnown(issuer, remote, [header, token]);
        }
      });
    },
    renew: async () => {
      if (isPaused() || !mayReadForSignature()) return false;
      return reading((remote) => remote.reload()).then(
        () => true,
        () => false,
      );
    },
  };
}

/** Whether a key with this `kid` exists; then the JWT has another algorithm than the key. */
function hasKey(keys: RemoteKeys, kid: string | undefined): boolean {
  return kid !== undefined && keys.jwks()?.keys.some((key) => key.kid === kid) === true;
}

/** Returns true once in COOLDOWN_MS. */
function cooldown(): () => boolean {
  let until = 0;
  return () => {
    if (performance.now() < until) return false;
    until = performance.now() + COOLDOWN_MS;
    return true;
  };
}

/**
 * The key of a JWT among the cached keys. They are valid while the issuer fails: otherwise JWTs with unknown keys, which
 * any client can send, would block all other JWTs.
 */
async function findKnown(
  issuer: OidcIssuer,
  keys: RemoteKeys | undefined,
  jwt: Parameters<JWTVerifyGetKey>,
): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
  const known = keys?.fresh ? keys.jwks() : undefined;
  if (known === undefined) throw new KeysUnavailable(`${issuer.issuer} has just failed`);
  try {
    return await createLocalJWKSet(known)(...jwt);
  } catch (error) {
    throw error instanceof errors.JWKSNoMatchingKey ? notReadYet(issuer) : error;
  }
}

function notReadYet({ issuer }: OidcIssuer): KeysUnavailable {
  return new KeysUnavailable(`${issuer} may have a newer key`);
}

async function open({ issuer, jwksUri }: OidcIssuer): Promise<RemoteKeys> {
  return createRemoteJWKSet(new URL(jwksUri ?? (await discover(issuer))), {
    cacheMaxAge: KEYS_TTL_MS,
    // jose's own cooldown does not distinguish an unknown key from one that cannot be read yet.
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: TIMEOUT_MS,
  });
}

/** The URL of an issuer's keys, from its discovery document (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered HTTP ${response.status}`);
  const document = Discovery.parse(await response.json());
  if (document.issuer !== issuer) throw new Error(`${url} belongs to another issuer, ${document.issuer}`);
  const isSecure = new URL(document.jwks_uri).protocol === "https:" || issuer.startsWith("http:");
  if (!isSecure)
    throw new Error(`${url} has keys at an http URL, which an attacker on the network could replace`);
  return document.jwks_uri;
}

/** Whether the keys were read, and the key of the JWT is not among them or is ambiguous. */
function isAboutTheKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
