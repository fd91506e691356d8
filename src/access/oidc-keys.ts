import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import type { OidcIssuer } from "./oidc-issuers.ts";

/** Keys are read again after this long, */
const KEYS_REMEMBERED_MS = 600_000;

/** and for a key that is not among them at most this often. `push` retries for 7.75 s, and so outlasts it. */
const COOLDOWN_MS = 5_000;

/** An issuer that fails is asked no more often than this, however many JWTs come. */
const PAUSE_MS = 5_000;

const TIMEOUT_MS = 5_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** A JWT cannot be verified now: its issuer does not give its keys, or was asked for them a moment ago. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** The keys of an issuer. */
export interface IssuerKeys {
  /** Finds the key of a JWT. Throws KeysUnavailable when it may exist and cannot be read now. */
  readonly find: JWTVerifyGetKey;
  /**
   * Reads the keys again after a signature that does not fit: the issuer may have a new key under the old name.
   * @returns false when they were read a moment ago, or cannot be read.
   */
  renew(): Promise<boolean>;
}

/**
 * The keys of an issuer, read when its first JWT comes.
 * @param onFault is told why they cannot be read.
 */
export function keysOf(issuer: OidcIssuer, onFault: (error: unknown) => void): IssuerKeys {
  const mayReadForUnknown = cooldown();
  const mayReadForSignature = cooldown();
  let opening: Promise<RemoteKeys> | undefined;
  let keys: RemoteKeys | undefined;
  let pauseUntil = 0;

  /** Pauses after a failure, so that an issuer that is down is not asked with every JWT. */
  async function reading<Result>(read: (keys: RemoteKeys) => Promise<Result>): Promise<Result> {
    try {
      opening ??= open(issuer);
      keys = await opening;
      return await read(keys);
    } catch (error) {
      if (isAboutTheKey(error) || error instanceof KeysUnavailable) throw error;
      if (keys === undefined) opening = undefined;
      pauseUntil = performance.now() + PAUSE_MS;
      const failure = new KeysUnavailable(`${issuer.issuer} does not give its keys`, { cause: error });
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
          // Keys that were read before this JWT came say nothing of a key that is newer.
          const mayRead = mayReadForUnknown();
          if (!mayRead && !remote.reloading) throw unknownYet(issuer);
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

/** Whether there is a key of this name, and the JWT names another algorithm than the key's. */
function hasKey(keys: RemoteKeys, kid: string | undefined): boolean {
  return kid !== undefined && keys.jwks()?.keys.some((key) => key.kid === kid) === true;
}

/** Allows something once in COOLDOWN_MS. */
function cooldown(): () => boolean {
  let until = 0;
  return () => {
    if (performance.now() < until) return false;
    until = performance.now() + COOLDOWN_MS;
    return true;
  };
}

/**
 * A key among those that were read before. They stay good while the issuer fails, or else whoever sends JWTs with
 * unknown keys could keep the others out.
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
    throw error instanceof errors.JWKSNoMatchingKey ? unknownYet(issuer) : error;
  }
}

function unknownYet({ issuer }: OidcIssuer): KeysUnavailable {
  return new KeysUnavailable(`${issuer} may have a newer key`);
}

async function open({ issuer, jwksUri }: OidcIssuer): Promise<RemoteKeys> {
  return createRemoteJWKSet(new URL(jwksUri ?? (await discover(issuer))), {
    cacheMaxAge: KEYS_REMEMBERED_MS,
    // It would not tell an unknown key from one that cannot be read yet.
    cooldownDuration: Number.POSITIVE_INFINITY,
    timeoutDuration: TIMEOUT_MS,
  });
}

/** Where an issuer's keys are, as its discovery document says (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered HTTP ${response.status}`);
  const document = Discovery.parse(await response.json());
  if (document.issuer !== issuer) throw new Error(`${url} is of another issuer, ${document.issuer}`);
  const isSecure = new URL(document.jwks_uri).protocol === "https:" || issuer.startsWith("http:");
  if (!isSecure) throw new Error(`${url} has keys that anybody on the way could change`);
  return document.jwks_uri;
}

/** Whether the keys could be had, and the JWT's is not (or not surely) one of them. */
function isAboutTheKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
