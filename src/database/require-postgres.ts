import type { MikroORM } from "@mikro-orm/postgresql";
import { reasonOf } from "../reason-of.ts";
import type { DatabaseRole } from "./roles.ts";
import { firstRow, sql } from "./sql.ts";

/** As PostgreSQL counts: 14.0. */
const OLDEST = 140_000;

/** What PostgreSQL answers to the role that a connection is to take. */
const UNKNOWN_ROLE = "22023";
const NO_MEMBER = "42501";
/** PgBouncer's own refusals have no code of their own. */
const UNSUPPORTED_OPTION = /unsupported startup parameter/;
const STATEMENT_MODE = /statement pooling mode/;

/** The database cannot be used. The message says why, and what to do; it never holds the password. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

/**
 * Connects for the first time, so that what is wrong with DATABASE_URL is told as such.
 * @throws DatabaseUnusable when there is no PostgreSQL that lets us in and take the role, or it is too old.
 */
export async function requirePostgres(orm: MikroORM, url: string, role?: DatabaseRole): Promise<void> {
  const session = await sessionOf(orm).catch((error: unknown) => {
    throw new DatabaseUnusable(
      `The database at ${place(url)} cannot be used: ${reasonOf(error)}. ${adviceOn(error, role)}`,
      { cause: error },
    );
  });
  if (session.version < OLDEST) {
    throw new DatabaseUnusable(
      `The database at ${place(url)} is PostgreSQL ${Math.floor(session.version / 10_000)}; it must be 14 or later.`,
    );
  }
  if (role !== undefined && session.user !== role) {
    throw new DatabaseUnusable(
      `Connections to the database at ${place(url)} do not take the role ${role}: a pooler in between drops it. ` +
        `Let an administrator run: alter role "${session.login}" set role = ${role}`,
    );
  }
}

async function sessionOf(orm: MikroORM) {
  const session = await firstRow(
    orm.em.fork(),
    sql<{ version: number; user: string; login: string }>`/* database.session */
    select current_setting('server_version_num')::int as version, current_user as user, session_user as login`,
  );
  // A pooler may have no transactions.
  await orm.em.fork().transactional(async () => undefined);
  return session ?? { version: 0, user: "", login: "" };
}

function adviceOn(error: unknown, role: DatabaseRole | undefined): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (role !== undefined && code === UNKNOWN_ROLE) {
    return 'Run "results-storage migrate up" as the owner of the tables first: it makes the role.';
  }
  if (role !== undefined && code === NO_MEMBER) {
    return `Let an administrator make the user of the URL a member of that role: grant ${role} to the user.`;
  }
  if (UNSUPPORTED_OPTION.test(reasonOf(error))) {
    return 'Let the pooler ignore the startup parameter "options", and see docs/operations.md, Connection poolers.';
  }
  if (STATEMENT_MODE.test(reasonOf(error))) {
    return "The service needs transactions: let the pooler have pool_mode = transaction, or session.";
  }
  return "Is DATABASE_URL right, and PostgreSQL running?";
}

/** The URL's host, port and database, without user and password. */
function place(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || "this machine"}${pathname}`;
}
