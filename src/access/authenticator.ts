import type { MikroORM } from "@mikro-orm/postgresql";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { Database } from "../database/database.ts";
import { DomainError } from "../lib/errors.ts";
import { createJwtVerifier } from "./oidc.ts";
import type { OidcIssuer } from "./oidc-issuers.ts";
import { hasUsableToken } from "./tokens.sql.ts";
import { createTokenVerifier, hashOfToken, rememberTokenUses, TOKEN_PREFIX } from "./tokens.ts";
import { AUTH_DISABLED, invalidCredentials, missingToken, type Viewer } from "./viewer.ts";

/** Tells who asks. */
interface Authenticator {
  /**
   * @param authorization the header, undefined when there is none.
   * @param beforeCheck is called before credentials are checked that were not accepted lately, and may throw.
   * @throws DomainError UNAUTHENTICATED or FORBIDDEN when the credentials are refused.
   */
  authenticate(authorization: string | undefined, beforeCheck: () => void): Promise<Viewer>;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

/** How many credentials are known to have been accepted: the last ones, about 200 bytes each. */
const MOST_ACCEPTED = 10_000;

/** Nobody could get in. The message says what to do. */
class NoCredentialsConfigured extends Error {
  override readonly name = "NoWayIn";
}

const HOW_TO_GET_IN =
  'Nobody could use this server: it asks for tokens, and there is none. Make one with "results-storage token create --name ci --scope write", or set OIDC_ISSUERS. AUTH=none lets everybody in who can reach it.';

/** Whether requests need a token ("tokens"), or none is looked at ("none"). */
export type AuthMode = "tokens" | "none";

/** What is accepted as a credential. */
interface AccessConfig {
  readonly auth: AuthMode;
  /** Issuers whose JWTs are accepted beside API tokens. */
  readonly oidcIssuers: readonly OidcIssuer[];
}

/**
 * Checks that somebody can use the service.
 * @throws NoWayIn when there are neither API tokens nor issuers of JWTs.
 */
export async function requireCredentials({ auth, oidcIssuers }: AccessConfig, orm: MikroORM): Promise<void> {
  if (auth === "none" || oidcIssuers.length > 0) return;
  if (!(await hasUsableToken(new Database(orm.em.fork())))) throw new NoCredentialsConfigured(HOW_TO_GET_IN);
}

/** Starts to tell who asks, by API tokens and by the JWTs of OIDC_ISSUERS. */
export function createAuthenticator(
  { auth, oidcIssuers }: AccessConfig,
  orm: MikroORM,
  log: Logger,
): Authenticator {
  if (auth === "none") return { authenticate: async () => AUTH_DISABLED, close: async () => {} };
  const uses = rememberTokenUses(orm, log);
  const verifyToken = createTokenVerifier(orm, uses.note);
  const verifyJwt = createJwtVerifier(oidcIssuers, (error) =>
    log.error({ err: error }, "the keys of an OIDC issuer cannot be had"),
  );
  // Hashes of credentials that were accepted when they were last sent.
  const accepted = new LRUCache<string, true>({ max: MOST_ACCEPTED });
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

/** Whether credentials are no good, and not just impossible to check now. */
function isRefusal(error: unknown): boolean {
  return error instanceof DomainError && error.code !== "SERVICE_UNAVAILABLE";
}
