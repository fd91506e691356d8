import type { MikroORM } from "@mikro-orm/postgresql";
import { listTokens, revokeToken } from "../access/api-token.store.ts";
import type { ApiToken } from "../access/api-token.ts";
import { createToken, type TokenWish } from "../access/create-token.ts";
import { durableTransaction } from "../database/durability.ts";
import { joinDatabase } from "../database/open-database.ts";
import { requireMigrated } from "../database/require-migrated.ts";
import { UsageError } from "./usage-error.ts";
import { withDatabase } from "./with-database.ts";

/**
 * Makes a token in the configured database. @returns its text.
 * @throws UsageError when its name is taken.
 */
export async function create(wish: TokenWish): Promise<string> {
  const text = await withTokens((orm) => createToken(orm.em.fork(), wish));
  if (text !== undefined) return text;
  throw new UsageError(
    `There is a token "${wish.name}" already. Revoke that one first, or take another name.`,
  );
}

/** The tokens of the configured database, newest first. */
export function list(withRevoked: boolean): Promise<ApiToken[]> {
  return withTokens((orm) => listTokens(orm.em.fork(), withRevoked));
}

/**
 * Revokes a token of the configured database. @returns it.
 * @throws UsageError when there is none.
 */
export async function revoke(nameOrId: string): Promise<ApiToken> {
  // Also when it was revoked before: the COMMIT of that time may have had no answer.
  const token = await withTokens((orm) =>
    durableTransaction(orm.em.fork(), (tx) => revokeToken(tx, nameOrId)),
  );
  if (token !== undefined) return token;
  throw new UsageError(`There is no token "${nameOrId}" that could be revoked; "token list" shows them all.`);
}

/** As the owner of the tables: the server's role may write no token. */
function withTokens<Result>(run: (orm: MikroORM) => Promise<Result>): Promise<Result> {
  return withDatabase({ open: joinDatabase }, async (orm) => {
    await requireMigrated(orm);
    return run(orm);
  });
}
