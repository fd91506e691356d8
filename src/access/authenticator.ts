import type { MikroORM } from "@mikro-orm/postgresql";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { Database } from "../database/database.ts";
import { DomainError } from "../lib/errors.ts";
import { createJwtVerifier } from "./oidc.ts";
import type { OidcIssuer } from "./oidc-issuers.ts";
import { hasUsableToken } from "./tokens.sql.ts";
import { createTokenVerifier, hashOfToken, recordTokenUses, TOKEN_PREFIX } from "./tokens.ts";
import { AUTH_DISABLED, invalidCredentials, missingToken, type Viewer } from "./viewer.ts";

/** Checks the credentials of requests. */
interface Authenticator {
  /**
   * @param authorization the header, if the request has one.
   * @param beforeCheck is called before a check of credentials that are not among the last accepted ones. May throw.
   * @throws DomainError UNAUTHENTICATED or FORBIDDEN when the credentials are refused.
   */
  authenticate(authorization: string | undefined, beforeCheck: () => void): Promise<Viewer>;
  /** Writes the remaining uses of tokens. */
  close(): Promise<void>;
}

/** The number of accepted credentials that are remembered, about 200 bytes each. */
const MAX_ACCEPTED = 10_000;

/** No request could be authenticated. The message contains the next steps. */
class NoCredentialsConfigured extends Error {
  override readonly name = "NoCredentialsConfigured";
}

const NO_CREDENTIALS =
  'The server accepts only requests with a token, and there is no token. Create one with "results-storage token create --name ci --scope write", or set OIDC_ISSUERS. AUTH=none disables access control for all clients that can reach the server.';

/** Whether requests need a token ("tokens"), or access control is disabled ("none"). */
export type AuthMode = "tokens" | "none";

/** The accepted credentials. */
interface AccessConfig {
  readonly auth: AuthMode;
  /** Issuers whose JWTs are accepted in addition to API tokens. */
  readonly oidcIssuers: readonly OidcIssuer[];
}

/**
 * Checks that the service can be used.
 * @throws NoCredentialsConfigured when there are neither API tokens nor issuers of JWTs.
 */
export async function requireCredentials({ auth, oidcIssuers }: AccessConfig, orm: MikroORM): Promise<void> {
  if (auth === "none" || oidcIssuers.length > 0) return;
  if (!(await hasUsableToken(new Database(orm.em.fork())))) throw new NoCredentialsConfigured(NO_CREDENTIALS);
}

/** The authenticator for API tokens and the JWTs of OIDC_ISSUERS. */
export function createAuthenticator(
  { auth, oidcIssuers }: AccessConfig,
  orm: MikroORM,
  log: Logger,
): Authenticator {
  if (auth === "none") return { authenticate: async () => AUTH_DISABLED, close: async () => {} };
  const uses = recordTokenUses(orm, log);
  const verifyToken = createTokenVerifier(orm, uses.record);
  const verifyJwt = createJwtVerifier(oidcIssuers, (error) =>
    log.error({ err: error }, "the keys of an OIDC issuer cannot be read"),
  );
  // Hashes of credentials whose last check was successful.
  const accepted = new LRUCache<string, true>({ max: MAX_ACCEPTED });
  return {
    authenticate: async (authorization, beforeCheck) => {
      if (authorization === undefined) throw missingToken();
      const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization) ?? [];
      if (token === undefined) throw invalidCredentials("The header must be Authorization: Bearer TOKEN.");
      const key = hashOfToken(token).toString("base64");
      if (!accepted.has(key)) beforeCheck();
      try {
        const viewer = await (token.startsWith(TOKEN_PREFIX) ? verifyToken(token) : verifyJwt(token));
        accepted.set(key, true);
        return viewer;
      } catch (error) {
        if (isRefusal(error)) accepted.delete(key);
        throw error;
      }
    },
    close: uses.close,
  };
}

/** Whether the credentials are invalid; SERVICE_UNAVAILABLE means that they cannot be checked now. */
function isRefusal(error: unknown): boolean {
  return error instanceof DomainError && error.code !== "SERVICE_UNAVAILABLE";
}
