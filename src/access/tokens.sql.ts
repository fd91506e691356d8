import type { Database, ProjectPattern } from "../database/database.ts";
import { firstRow, rows, sql } from "../database/sql.ts";
import type { Scope } from "./viewer.ts";

/** The length of the column hash_prefix (database/schema.ts). */
const PREFIX_LENGTH = 8;

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

/** Inserts a token. @returns false when a token of this name exists and is not revoked. */
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

/** All tokens, newest first, with or without the revoked ones. */
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

/** Revokes the token with this name or id. @returns undefined when there is none, or it is revoked already. */
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

/** The tokens whose hash has the same prefix as one of these. */
export function findTokens(db: Database, hashes: readonly Buffer[]): Promise<StoredToken[]> {
  return rows(
    db,
    { name: "access.findTokens" },
    sql<StoredToken>`
    select ${columns}, hash from api_tokens
    where hash_prefix = any(${hashes.map(prefixOf)}::bytea[]) and revoked_at is null`,
  );
}

/** Whether there is a token that is neither revoked nor expired. */
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
 * Writes the times of the last use, by token id. The COMMIT is asynchronous: a crash may lose the uses of a minute, and a
 * standby that is down must not delay the stop of the server.
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

/** An API token, without its hash. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** The projects that the token is bound to; null: all. */
  readonly projects: readonly ProjectPattern[] | null;
  /** The user of the jobs that it stores; null: the user in the input. */
  readonly userId: string | null;
  readonly createdAt: Date;
  /** null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Accurate to a minute; null: never. */
  readonly lastUsedAt: Date | null;
}
