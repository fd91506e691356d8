import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { standIn } from "../support/stand-in.ts";

/** An issuer of JWTs on this machine, with a discovery document and keys, as GitHub's and GitLab's are. */
export interface Issuer {
  readonly url: string;
  /** The number of requests for the keys. */
  readonly keyRequests: number;
  /** Makes a JWT that is good for ten minutes, unless the claims or the header say otherwise. */
  sign(claims?: JWTPayload, header?: { kid?: string; key?: CryptoKey }): Promise<string>;
  /** Replaces the key by a new one, which signs from then on; with the same `kid` by default. */
  rotate(kid?: string): Promise<void>;
  /** Makes it answer nothing but HTTP 500. */
  fail(): void;
}

/** What the tests' JWTs say, unless they say otherwise: those of a workflow of acme/shop. */
export const CLAIMS = {
  sub: "repo:acme/shop:ref:refs/heads/main",
  aud: "results-storage",
  repository: "acme/shop",
  repository_owner: "acme",
  actor: "ana",
  ref_protected: "true",
};

/** Starts an issuer that listens until the tests of the file have ended. */
export async function startIssuer(): Promise<Issuer> {
  let current = await newKey("one");
  let keyRequests = 0;
  let fails = false;
  const { url } = await standIn((response, _count, request) => {
    const isKeys = request.url === "/keys";
    if (isKeys) keyRequests++;
    if (fails) return void response.writeHead(500).end();
    const body = isKeys ? { keys: [current.jwk] } : { issuer: url, jwks_uri: `${url}/keys` };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  return {
    url,
    get keyRequests() {
      return keyRequests;
    },
    fail: () => {
      fails = true;
    },
    rotate: async (kid = current.kid) => {
      current = await newKey(kid);
    },
    sign: (claims = {}, { kid = current.kid, key = current.privateKey } = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const payload = { iss: url, iat: now, exp: now + 600, ...CLAIMS, ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader({ alg: "RS256", kid })
        .sign(key);
    },
  };
}

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}
