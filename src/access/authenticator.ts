import type { MikroORM } from "@mikro-orm/postgresql";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { DomainError } from "../errors.ts";
import { hasUsableToken } from "./api-token.store.ts";
import { createJwtVerifier } from "./oidc/jwt-verifier.ts";
import { hashOfToken, TOKEN_PREFIX } from "./token-text.ts";
import { rememberTokenUses } from "./token-uses.ts";
import { createTokenVerifier } from "./token-verifier.ts";
import { refuseCredentials, refuseStranger } from "./unauthenticated.ts";
import { ANYONE, type Viewer } from "./viewer.ts";

/** Tells who asks. */
export interface Authenticator {
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
export class NoWayIn extends Error {
  override readonly name = "NoWayIn";
}

const HOW_TO_GET_IN =
  'Nobody could use this server: it asks for tokens, and there is none. Make one with "results-storage token create --name ci --scope write", or set OIDC_ISSUERS. AUTH=none lets everybody in who can reach it.';

/** How people get in. */
type AccessConfig = Pick<Config, "auth" | "oidcIssuers">;

/**
 * Checks that somebody can use the service.
 * @throws NoWayIn when there are neither API tokens nor issuers of JWTs.
 */
export async function requireWayIn({ auth, oidcIssuers }: AccessConfig, orm: MikroORM): Promise<void> {
  if (auth === "none" || oidcIssuers.length > 0) return;
  if (!(await hasUsableToken(orm.em.fork()))) throw new NoWayIn(HOW_TO_GET_IN);
}

/** Starts to tell who asks, by API tokens and by the JWTs of OIDC_ISSUERS. */
export function createAuthenticator(
  { auth, oidcIssuers }: AccessConfig,
  orm: MikroORM,
  log: Logger,
): Authenticator {
  if (auth === "none") return { authenticate: async () => ANYONE, close: async () => {} };
  const uses = rememberTokenUses(orm, log);
  const verifyToken = createTokenVerifier(orm, uses.note);
  const verifyJwt = createJwtVerifier(oidcIssuers, (error) =>
    log.error({ err: error }, "the keys of an OIDC issuer cannot be had"),
  );
  // Hashes of credentials that were accepted when they were last sent.
  const accepted = new LRUCache<string, true>({ max: MOST_ACCEPTED });
  return {
    authenticate: async (authorization, beforeCheck) => {
      if (authorization === undefined) throw refuseStranger();
      const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization) ?? [];
      if (token === undefined) throw refuseCredentials("The header must be Authorization: Bearer TOKEN.");
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
