import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { MikroORM } from "@mikro-orm/postgresql";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { type ApiToken, findTokens, insertToken, type StoredToken, writeLastUses } from "./tokens.sql.ts";
import { invalidCredentials, type Viewer } from "./viewer.ts";

/** The time for which a token is cached; a revoked token is accepted until then. */
const CACHE_TTL_MS = 5_000;

const MAX_CACHED_TOKENS = 1_000;

/** Returns the viewer of a token. */
type TokenVerifier = (text: string) => Promise<Viewer>;

/**
 * Verifies API tokens. A text in another form is refused without a statement.
 * @param onUse is called with the id of each accepted token.
 */
export function createTokenVerifier(orm: MikroORM, onUse: (id: string) => void): TokenVerifier {
  const cache = new LRUCache<string, StoredToken>({ max: MAX_CACHED_TOKENS, ttl: CACHE_TTL_MS });
  const tokens = createTokenLoader(orm);
  return async (text) => {
    if (!isTokenText(text)) {
      throw invalidCredentials("The token is mistyped or truncated: its checksum is wrong.");
    }
    const hash = hashOfToken(text);
    const key = hash.toString("hex");
    const token = cache.get(key) ?? (await tokens.load(hash).finally(() => tokens.clear(hash)));
    if (token === undefined || hasExpired(token)) {
      throw invalidCredentials("The token is unknown, has expired, or is revoked.");
    }
    if (!cache.has(key)) cache.set(key, token);
    onUse(token.id);
    return viewerOfToken(token);
  };
}

/**
 * Loads tokens with one statement at a time: the tokens of requests that arrive meanwhile share the next one. So any
 * number of unknown tokens, from any number of addresses, uses one connection of the pool.
 */
function createTokenLoader(orm: MikroORM): DataLoader<Buffer, StoredToken | undefined, string> {
  let running: Promise<unknown> = Promise.resolve();
  const findAll = async (hashes: readonly Buffer[]) => {
    const candidates = await findTokens(new Database(orm.em.fork()), hashes);
    return hashes.map((hash) => candidates.find((candidate) => timingSafeEqual(candidate.hash, hash)));
  };
  return new DataLoader(
    (hashes) => {
      const found = findAll(hashes);
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

const WRITE_INTERVAL_MS = 60_000;

/** The times of the last use of tokens, written at intervals instead of with every request. */
interface TokenUses {
  /** Records that a token is used now. */
  record(id: string): void;
  /** Writes the remaining uses. */
  close(): Promise<void>;
}

/** Starts the interval. The memory holds one time for each token; uses that cannot be written are kept for the next write. */
export function recordTokenUses(orm: MikroORM, log: Logger, intervalMs = WRITE_INTERVAL_MS): TokenUses {
  let uses = new Map<string, Date>();
  const write = async () => {
    if (uses.size === 0) return;
    const written = uses;
    uses = new Map();
    try {
      await writeLastUses(new Database(orm.em.fork()), written);
    } catch (error) {
      log.warn({ err: error }, "the last uses of tokens could not be written");
      uses = new Map([...written, ...uses]);
    }
  };
  const timer = setInterval(() => void write(), intervalMs).unref();
  return {
    record: (id) => void uses.set(id, new Date()),
    close: async () => {
      clearInterval(timer);
      await write();
    },
  };
}

/** The properties of a new token. */
type TokenOptions = Pick<ApiToken, "name" | "scope" | "projects" | "userId" | "expiresAt">;

/**
 * Creates a token, and stores its hash.
 * @returns its text, which is stored nowhere; undefined when a token of this name exists and is not revoked.
 */
export async function createToken(db: Database, options: TokenOptions): Promise<string | undefined> {
  const text = newTokenText();
  const token = { ...options, id: uuidv7(), hash: hashOfToken(text) };
  const isNew = await durableTransaction(db, (tx) => insertToken(tx, token));
  return isNew ? text : undefined;
}

/** The prefix of all tokens, which scanners for leaked secrets can search for. */
export const TOKEN_PREFIX = "rsto_";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 32 random bytes in base 62, and the CRC-32 of prefix and secret in base 62. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** The text of a new token: prefix, 256 random bits, checksum. */
export function newTokenText(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString("hex")}`), SECRET_LENGTH);
  return withChecksum(TOKEN_PREFIX + secret);
}

/** Whether a text has the form of a token and a correct checksum, so that a typing error costs no statement. */
export function isTokenText(text: string): boolean {
  return FORM.test(text) && withChecksum(text.slice(0, -CHECKSUM_LENGTH)) === text;
}

/** The hash that is stored. A slow hash would protect passwords that can be guessed; 256 random bits cannot. */
export function hashOfToken(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function withChecksum(text: string): string {
  return text + base62(BigInt(crc32(text)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, "0");
}
