import type { MikroORM } from "@mikro-orm/postgresql";
import { errorMessage } from "../lib/errors.ts";
import { parseConnectionString, placeOf } from "./connection-string.ts";
import { Database } from "./database.ts";
import { migrations } from "./migrations.ts";
import type { DatabaseRole } from "./session.ts";
import { firstRow, rows, sql } from "./sql.ts";

/** Whether the login may change the schema: it owns it, or there is none yet and it may make one. */
export async function mayMigrate(orm: MikroORM): Promise<boolean> {
  const [answer] = await rows(
    new Database(orm.em.fork()),
    { name: "migrations.may" },
    sql<{ may: boolean | null }>`
    select coalesce(
      pg_has_role(current_user, (select relowner from pg_class where oid = to_regclass('schema_migrations')), 'usage'),
      has_schema_privilege(current_schema(), 'create')
    ) as may`,
  );
  return answer?.may ?? false;
}

/**
 * Checks, as the server's role, that every migration has run: whoever may not migrate has to rely on others.
 * @throws DatabaseUnusable naming those that have not, and what to do.
 */
export async function requireMigrated(orm: MikroORM): Promise<void> {
  const pending = pendingMigrations(await migrationsDone(orm));
  if (pending.length === 0) return;
  throw new DatabaseUnusable(
    `The database is behind this version: ${pending.join(", ")} ${pending.length === 1 ? "has" : "have"} not run. Run "results-storage migrate up" as ` +
      "the owner of the tables first, or set OWNER_DATABASE_URL for the server to do it.",
  );
}

/** The names of this version's migrations that are not among those that have run. */
export function pendingMigrations(done: readonly string[]): string[] {
  return migrations.map(({ name }) => name).filter((name) => !done.includes(name));
}

/** Whether asking for the migrations failed because there is no such table, or the server may not see it yet. */
export function lacksMigrations(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["42P01", "42501"].includes(String(error.code));
}

async function migrationsDone(orm: MikroORM): Promise<string[]> {
  try {
    const done = await rows(
      new Database(orm.em.fork()),
      { name: "migrations.done" },
      sql<{ name: string }>`select name from schema_migrations`,
    );
    return done.map(({ name }) => name);
  } catch (error) {
    if (lacksMigrations(error)) return [];
    throw error;
  }
}

/** As PostgreSQL counts: 14.0. */
const OLDEST = 140_000;

/** What PostgreSQL answers to the role that a connection is to take. */
const UNKNOWN_ROLE = "22023";
const NO_MEMBER = "42501";
/** PgBouncer's own refusals have no code of their own. */
const UNSUPPORTED_OPTION = /unsupported startup parameter/;
const STATEMENT_MODE = /statement pooling mode/;

/** What Node.js calls a certificate that the given CA did not sign. */
const NOT_VERIFIED = /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)/;

/** The database cannot be used. The message says why, and what to do; it never holds the password. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

/**
 * Connects for the first time, so that what is wrong with DATABASE_URL is told as such.
 * @throws DatabaseUnusable when there is no PostgreSQL that lets us in and take the role, or it is too old.
 */
export async function requirePostgres(orm: MikroORM, url: string, role?: DatabaseRole): Promise<void> {
  const place = placeOf(parseConnectionString(url));
  const session = await sessionOf(orm).catch((error: unknown) => {
    throw new DatabaseUnusable(
      `The database at ${place} cannot be used: ${errorMessage(error)}. ${adviceOn(error, role)}`,
      { cause: error },
    );
  });
  if (session.version < OLDEST) {
    throw new DatabaseUnusable(
      `The database at ${place} is PostgreSQL ${Math.floor(session.version / 10_000)}; it must be 14 or later.`,
    );
  }
  if (role !== undefined && session.user !== role) {
    throw new DatabaseUnusable(
      `Connections to the database at ${place} do not take the role ${role}: a pooler in between drops it. ` +
        `Let an administrator run: alter role "${session.login}" set role = ${role}`,
    );
  }
}

async function sessionOf(orm: MikroORM) {
  const session = await firstRow(
    new Database(orm.em.fork()),
    { name: "database.session" },
    sql<{ version: number; user: string; login: string }>`
    select current_setting('server_version_num')::int as version, current_user as user, session_user as login`,
  );
  // A pooler may have no transactions.
  await new Database(orm.em.fork()).transactional(async () => undefined);
  return session ?? { version: 0, user: "", login: "" };
}

function adviceOn(error: unknown, role: DatabaseRole | undefined): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (NOT_VERIFIED.test(code)) {
    return "Set sslrootcert, in the URL, to the file with the certificate of the CA that signed the server's certificate.";
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "Use a host name that the server's certificate has, or sslmode=verify-ca with the certificate of a private CA.";
  }
  if (errorMessage(error) === "The server does not support SSL connections") {
    return "Turn ssl on in postgresql.conf, or set sslmode=disable in the URL.";
  }
  if (role !== undefined && code === UNKNOWN_ROLE) {
    return 'Run "results-storage migrate up" as the owner of the tables first: it makes the role.';
  }
  if (role !== undefined && code === NO_MEMBER) {
    return `Let an administrator make the user of the URL a member of that role: grant ${role} to the user.`;
  }
  if (UNSUPPORTED_OPTION.test(errorMessage(error))) {
    return 'Let the pooler ignore the startup parameter "options", and see docs/operations/deploy.md, Connection poolers.';
  }
  if (STATEMENT_MODE.test(errorMessage(error))) {
    return "The service needs transactions: let the pooler have pool_mode = transaction, or session.";
  }
  return "Is DATABASE_URL right, and PostgreSQL running?";
}
