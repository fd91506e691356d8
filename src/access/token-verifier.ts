import { timingSafeEqual } from "node:crypto";
import type { MikroORM } from "@mikro-orm/postgresql";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import { findTokens, type StoredToken } from "./api-token.store.ts";
import { hashOfToken, isTokenText } from "./token-text.ts";
import { refuseCredentials } from "./unauthenticated.ts";
import type { Viewer } from "./viewer.ts";

/** How long a token is not looked up again: a revoked one works this long at the most. */
const REMEMBERED_MS = 5_000;

/** How many tokens are remembered. */
const MOST_TOKENS = 1_000;

/** Finds out whose token a text is. */
export type TokenVerifier = (text: string) => Promise<Viewer>;

/**
 * Verifies API tokens. What cannot be one is refused without asking the database.
 * @param onUse is told the id of every token that is let in.
 */
export function createTokenVerifier(orm: MikroORM, onUse: (id: string) => void): TokenVerifier {
  const found = new LRUCache<string, StoredToken>({ max: MOST_TOKENS, ttl: REMEMBERED_MS });
  const lookUps = createLookUps(orm);
  return async (text) => {
    if (!isTokenText(text)) {
      throw refuseCredentials("The token is mistyped or cut off: its checksum does not fit.");
    }
    const hash = hashOfToken(text);
    const key = hash.toString("hex");
    const token = found.get(key) ?? (await lookUps.load(hash).finally(() => lookUps.clear(hash)));
    if (token === undefined || hasExpired(token)) {
      throw refuseCredentials("The token is not known here, has expired, or is revoked.");
    }
    if (!found.has(key)) found.set(key, token);
    onUse(token.id);
    return viewerOfToken(token);
  };
}

/**
 * Looks tokens up, one statement at a time: the tokens that come while it runs share the next one. However many unknown
 * tokens come from however many addresses, they use one connection of the pool.
 */
function createLookUps(orm: MikroORM): DataLoader<Buffer, StoredToken | undefined, string> {
  let running: Promise<unknown> = Promise.resolve();
  const lookUp = async (hashes: readonly Buffer[]) => {
    const candidates = await findTokens(orm.em.fork(), hashes);
    return hashes.map((hash) => candidates.find((candidate) => timingSafeEqual(candidate.hash, hash)));
  };
  return new DataLoader(
    (hashes) => {
      const found = lookUp(hashes);
      running = found.catch(() => undefined);
      return found;
    },
    {
      cacheKeyFn: (hash) => hash.toString("hex"),
      batchScheduleFn: (dispatch) => void running.then(dispatch),
    },
  );
}

function hasExpired({ expiresAt }: StoredToken): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

function viewerOfToken({ id, name, scope, projects, userId }: StoredToken): Viewer {
  return { id: `token:${id}`, name, scope, projects: projects ?? undefined, userId: userId ?? undefined };
}
