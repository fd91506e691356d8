import type { Database, ProjectPattern } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import type { Scope } from "./viewer.ts";

/** How many bytes of the hash find a token; see api-token.entity.ts. */
const PREFIX_LENGTH = 8;

/** What is stored of a new token. */
interface NewToken extends Pick<ApiToken, "id" | "name" | "scope" | "projects" | "userId" | "expiresAt"> {
  readonly hash: Buffer;
}

/** A token with its hash. */
export interface StoredToken extends ApiToken {
  readonly hash: Buffer;
}

const columns = sql`
  id, name, scope, projects, user_id as "userId", created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

/** Writes a token. @returns false when there is one of this name that is not revoked. */
export async function insertToken(db: Database, token: NewToken): Promise<boolean> {
  const inserted = await firstRow(
    db,
    { name: "access.insertToken" },
    sql`
    insert into api_tokens (id, name, hash_prefix, hash, scope, projects, user_id, expires_at)
    values (${token.id}, ${token.name}, ${prefixOf(token.hash)}, ${token.hash}, ${token.scope},
      ${token.projects}::text[], ${token.userId}, ${token.expiresAt})
    on conflict (name) where revoked_at is null do nothing
    returning id`,
  );
  return inserted !== undefined;
}

/** Every token, newest first; without those that are revoked, unless asked. */
export function listTokens(db: Database, withRevoked: boolean): Promise<ApiToken[]> {
  return rows(
    db,
    { name: "access.listTokens" },
    sql<ApiToken>`
    select ${columns} from api_tokens
    where revoked_at is null or ${withRevoked}::boolean
    order by created_at desc, id desc`,
  );
}

/** Revokes the token of this name or id. @returns it, or undefined when there is none that is not revoked. */
export function revokeToken(db: Database, nameOrId: string): Promise<ApiToken | undefined> {
  return firstRow(
    db,
    { name: "access.revokeToken" },
    sql<ApiToken>`
    update api_tokens set revoked_at = clock_timestamp()
    where (name = ${nameOrId} or id::text = ${nameOrId}) and revoked_at is null
    returning ${columns}`,
  );
}

/** The tokens that may have one of these hashes: those whose hash begins as one of them does. */
export function findTokens(db: Database, hashes: readonly Buffer[]): Promise<StoredToken[]> {
  return rows(
    db,
    { name: "access.findTokens" },
    sql<StoredToken>`
    select ${columns}, hash from api_tokens
    where hash_prefix = any(${hashes.map(prefixOf)}::bytea[]) and revoked_at is null`,
  );
}

/** Whether there is a token that works now. */
export async function hasUsableToken(db: Database): Promise<boolean> {
  const found = await firstRow(
    db,
    { name: "access.hasUsableToken" },
    sql`
    select from api_tokens
    where revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
    limit 1`,
  );
  return found !== undefined;
}

/**
 * Writes when tokens were last used, by their ids. Its COMMIT waits for nothing: a crash may lose a minute of uses, and
 * a standby that is away must not delay the end of the server.
 */
export async function writeLastUses(db: Database, uses: ReadonlyMap<string, Date>): Promise<void> {
  await rows(
    db,
    { name: "access.writeLastUses" },
    sql`
    update api_tokens set last_used_at = greatest(api_tokens.last_used_at, used.at)
    from unnest(${[...uses.keys()]}::uuid[], ${[...uses.values()]}::timestamptz[]) as used (id, at),
      (select set_config('synchronous_commit', 'off', true)) as unconfirmed
    where api_tokens.id = used.id`,
  );
}

function prefixOf(hash: Buffer): Buffer {
  return hash.subarray(0, PREFIX_LENGTH);
}

/** An API token as it is listed: all but its secret, which nobody has. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** The projects that it is bound to; null: all. */
  readonly projects: readonly ProjectPattern[] | null;
  /** Whose it is; null: nobody's in particular. */
  readonly userId: string | null;
  readonly createdAt: Date;
  /** When it stops working; null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** When it was last used, a minute more or less; null: never. */
  readonly lastUsedAt: Date | null;
}
