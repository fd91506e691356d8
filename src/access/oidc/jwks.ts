import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import type { OidcIssuer } from "./issuers.ts";

/** Keys are read again after this long, */
const KEYS_REMEMBERED_MS = 600_000;

/** and for a key that is not among them at the most this often. */
const COOLDOWN_MS = 30_000;

/** An issuer that fails is asked no more often than this, however many JWTs come. */
const PAUSE_MS = 5_000;

const TIMEOUT_MS = 5_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Nothing can be said of a JWT at the moment: its issuer does not give its keys. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** An issuer's keys, read when the first JWT comes. Throws KeysUnavailable when they cannot be had. */
export function keysOf(issuer: OidcIssuer): JWTVerifyGetKey {
  let opening: Promise<RemoteKeys> | undefined;
  let keys: RemoteKeys | undefined;
  let pauseUntil = 0;
  return async (header, token) => {
    if (performance.now() < pauseUntil) return knownKeys(issuer, keys)(header, token);
    try {
      opening ??= open(issuer);
      keys ??= await opening;
      return await keys(header, token);
    } catch (error) {
      if (isAboutTheKey(error)) throw error;
      opening = undefined;
      pauseUntil = performance.now() + PAUSE_MS;
      throw new KeysUnavailable(`${issuer.issuer} does not give its keys`, { cause: error });
    }
  };
}

/**
 * The keys that were had before the issuer failed. They stay good, or else whoever sends JWTs with keys that nobody
 * knows could keep the others out.
 */
function knownKeys({ issuer }: OidcIssuer, keys: RemoteKeys | undefined): JWTVerifyGetKey {
  const known = keys?.fresh ? keys.jwks() : undefined;
  if (known === undefined) throw new KeysUnavailable(`${issuer} has just failed`);
  return createLocalJWKSet(known);
}

async function open({ issuer, jwksUri }: OidcIssuer): Promise<RemoteKeys> {
  return createRemoteJWKSet(new URL(jwksUri ?? (await discover(issuer))), {
    cacheMaxAge: KEYS_REMEMBERED_MS,
    cooldownDuration: COOLDOWN_MS,
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
