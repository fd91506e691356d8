import type { MikroORM } from "@mikro-orm/postgresql";
import { migrations } from "./migrations.ts";
import { DatabaseUnusable } from "./require-postgres.ts";
import { rows, sql } from "./sql.ts";

/** Whether the login may change the schema: it owns it, or there is none yet and it may make one. */
export async function mayMigrate(orm: MikroORM): Promise<boolean> {
  const [answer] = await rows(
    orm.em.fork(),
    sql<{ may: boolean | null }>`/* migrations.may */
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
      orm.em.fork(),
      sql<{ name: string }>`/* migrations.done */ select name from schema_migrations`,
    );
    return done.map(({ name }) => name);
  } catch (error) {
    if (lacksMigrations(error)) return [];
    throw error;
  }
}
