import type { MikroORM } from "@mikro-orm/postgresql";
import type { ApiToken } from "../access/tokens.sql.ts";
import { listTokens, revokeToken } from "../access/tokens.sql.ts";
import { createToken, type TokenWish } from "../access/tokens.ts";
import { joinDatabase } from "../database/connect.ts";
import { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { requireMigrated } from "../database/startup-checks.ts";
import { UsageError } from "./exit-codes.ts";
import { withDatabase } from "./with-database.ts";

/**
 * Makes a token in the configured database. @returns its text.
 * @throws UsageError when its name is taken.
 */
export async function create(wish: TokenWish): Promise<string> {
  const text = await withTokens((orm) => createToken(new Database(orm.em.fork()), wish));
  if (text !== undefined) return text;
  throw new UsageError(
    `There is a token "${wish.name}" already. Revoke that one first, or take another name.`,
  );
}

/** The tokens of the configured database, newest first. */
export function list(withRevoked: boolean): Promise<ApiToken[]> {
  return withTokens((orm) => listTokens(new Database(orm.em.fork()), withRevoked));
}

/**
 * Revokes a token of the configured database. @returns it.
 * @throws UsageError when there is none.
 */
export async function revoke(nameOrId: string): Promise<ApiToken> {
  // Also when it was revoked before: the COMMIT of that time may have had no answer.
  const token = await withTokens((orm) =>
    durableTransaction(new Database(orm.em.fork()), (tx) => revokeToken(tx, nameOrId)),
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
