import type { MikroORM } from "@mikro-orm/postgresql";
import { errorMessage } from "../lib/errors.ts";
import { parseConnectionString, placeOf } from "./connection-string.ts";
import { Database } from "./database.ts";
import { migrations } from "./migrations.ts";
import type { DatabaseRole } from "./session.ts";
import { firstRow, rows, sql } from "./sql.ts";

/**
 * Whether the login may change the schema. The login owns the schema, or no schema exists yet and the login may create
 * one.
 */
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
 * Checks, with the server's role, that every migration has run. A login that may not migrate depends on an
 * administrator.
 * @throws DatabaseUnusable with the names of the pending migrations, and the next step.
 */
export async function requireMigrated(orm: MikroORM): Promise<void> {
  const pending = pendingMigrations(await migrationsDone(orm));
  if (pending.length === 0) return;
  throw new DatabaseUnusable(
    `The database is behind this version: ${pending.join(", ")} ${pending.length === 1 ? "has" : "have"} not run. Run "results-storage migrate up" as ` +
      "the owner of the tables first, or set OWNER_DATABASE_URL for the server to do it.",
  );
}

/**
 * The names of this version's migrations that have not run.
 * @param done the names of the migrations that have run.
 */
export function pendingMigrations(done: readonly string[]): string[] {
  return migrations.map(({ name }) => name).filter((name) => !done.includes(name));
}

/**
 * Whether a query failed because the table of migrations does not exist, or because the server's role may not read the
 * table yet.
 */
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

/** The server_version_num of PostgreSQL 14.0. */
const OLDEST = 140_000;

/** PostgreSQL's SQLSTATEs when a connection requests its role: the role does not exist; the login is not a member. */
const UNKNOWN_ROLE = "22023";
const NO_MEMBER = "42501";
/** PgBouncer's errors have no specific codes, so their messages are compared. */
const UNSUPPORTED_OPTION = /unsupported startup parameter/;
const STATEMENT_MODE = /statement pooling mode/;

/** Node.js' codes for a certificate that the given CA has not signed. */
const NOT_VERIFIED = /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)/;

/**
 * The database cannot be used. The message contains the reason and the next step. The message never contains the
 * password.
 */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

/**
 * Opens the first connection, so that an error in DATABASE_URL is reported as such.
 * @throws DatabaseUnusable when PostgreSQL is unreachable, too old, or refuses the login or the role.
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
      `Connections to the database at ${place} do not have the role ${role}: a connection pooler in front of PostgreSQL drops it. ` +
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
  // A pooler may not support transactions.
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
    return "Set ssl = on in postgresql.conf, or set sslmode=disable in the URL.";
  }
  if (role !== undefined && code === UNKNOWN_ROLE) {
    return 'Run "results-storage migrate up" as the owner of the tables first: it creates the role.';
  }
  if (role !== undefined && code === NO_MEMBER) {
    return `Let an administrator make the user of the URL a member of that role: grant ${role} to the user.`;
  }
  if (UNSUPPORTED_OPTION.test(errorMessage(error))) {
    return 'Let the pooler ignore the startup parameter "options", and see docs/operations/deploy.md, Connection poolers.';
  }
  if (STATEMENT_MODE.test(errorMessage(error))) {
    return "The service needs transactions: set pool_mode = transaction or session in the pooler.";
  }
  return "Check that DATABASE_URL is correct and that PostgreSQL runs.";
}
