import type { MikroORM } from "@mikro-orm/postgresql";
import type { Config } from "../config.ts";
import { mayMigrate } from "../database/require-migrated.ts";
import { DatabaseUnusable } from "../database/require-postgres.ts";

/** PostgreSQL's insufficient_privilege. */
const NOT_PERMITTED = "42501";

/**
 * What a command that works as the owner of the tables fails with. PostgreSQL tells a login that is not the owner which
 * table it may not touch, and not which login may: that is said here. What it tells the owner stays as it is.
 */
export async function ownerNeeded(
  error: unknown,
  orm: MikroORM,
  { ownerDatabaseUrl }: Config,
): Promise<unknown> {
  if (!(error instanceof Error && "code" in error && error.code === NOT_PERMITTED)) return error;
  if (await mayMigrate(orm)) return error;
  const setting = ownerDatabaseUrl === undefined ? "DATABASE_URL" : "OWNER_DATABASE_URL";
  return new DatabaseUnusable(
    `The login of ${setting} may not do this (${error.message}): it takes the owner of the tables. Set ` +
      "OWNER_DATABASE_URL, beside DATABASE_URL, to the same database with the owner's login (docs/operations.md, Roles).",
    { cause: error },
  );
}
