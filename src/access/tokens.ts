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

/** How long a token is not looked up again: a revoked one works this long at the most. */
const REMEMBERED_MS = 5_000;

/** How many tokens are remembered. */
const MOST_TOKENS = 1_000;

/** Finds out whose token a text is. */
type TokenVerifier = (text: string) => Promise<Viewer>;

/**
 * Verifies API tokens. What cannot be one is refused without asking the database.
 * @param onUse is told the id of every token that is let in.
 */
export function createTokenVerifier(orm: MikroORM, onUse: (id: string) => void): TokenVerifier {
  const found = new LRUCache<string, StoredToken>({ max: MOST_TOKENS, ttl: REMEMBERED_MS });
  const lookUps = createLookUps(orm);
  return async (text) => {
    if (!isTokenText(text)) {
      throw invalidCredentials("The token is mistyped or cut off: its checksum does not fit.");
    }
    const hash = hashOfToken(text);
    const key = hash.toString("hex");
    const token = found.get(key) ?? (await lookUps.load(hash).finally(() => lookUps.clear(hash)));
    if (token === undefined || hasExpired(token)) {
      throw invalidCredentials("The token is not known here, has expired, or is revoked.");
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
    const candidates = await findTokens(new Database(orm.em.fork()), hashes);
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

/** What a new token is for. */
export type TokenWish = Pick<ApiToken, "name" | "scope" | "projects" | "userId" | "expiresAt">;

/**
 * Makes a token, and stores its hash.
 * @returns its text, which cannot be had again; undefined when a token of this name is not revoked yet.
 */
export async function createToken(db: Database, wish: TokenWish): Promise<string | undefined> {
  const text = newTokenText();
  const token = { ...wish, id: uuidv7(), hash: hashOfToken(text) };
  const isNew = await durableTransaction(db, (tx) => insertToken(tx, token));
  return isNew ? text : undefined;
}

/** How often it is written which tokens were used. */
const WRITE_EVERY_MS = 60_000;

/** Remembers when tokens were last used, and writes it now and then: not with every request. */
interface TokenUses {
  /** Notes that a token is used now. */
  note(id: string): void;
  /** Writes what is still to be written, and ends. */
  close(): Promise<void>;
}

/** Starts to remember. Memory holds one moment a token; what cannot be written is kept for the next time. */
export function rememberTokenUses(orm: MikroORM, log: Logger, everyMs = WRITE_EVERY_MS): TokenUses {
  let uses = new Map<string, Date>();
  const write = async () => {
    if (uses.size === 0) return;
    const written = uses;
    uses = new Map();
    try {
      await writeLastUses(new Database(orm.em.fork()), written);
    } catch (error) {
      log.warn({ err: error }, "when tokens were last used could not be written");
      uses = new Map([...written, ...uses]);
    }
  };
  const timer = setInterval(() => void write(), everyMs).unref();
  return {
    note: (id) => void uses.set(id, new Date()),
    close: async () => {
      clearInterval(timer);
      await write();
    },
  };
}

/** What every token begins with, for people and for programs that look for leaked secrets. */
export const TOKEN_PREFIX = "rsto_";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 32 random bytes in base 62, and a CRC-32 over prefix and secret in base 62. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** Makes the text of a new token: prefix, 256 random bits, checksum. */
export function newTokenText(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString("hex")}`), SECRET_LENGTH);
  return withChecksum(TOKEN_PREFIX + secret);
}

/** Whether a text can be a token at all: a typo is told from a token without asking the database. */
export function isTokenText(text: string): boolean {
  return SHAPE.test(text) && withChecksum(text.slice(0, -CHECKSUM_LENGTH)) === text;
}

/**
 * What is stored of a token. A plain SHA-256: a slow hash protects what can be guessed, and nobody guesses 256 random
 * bits; it would only make every request slow.
 */
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
