import type { Transaction } from "@mikro-orm/core";
import type { MikroORM } from "@mikro-orm/postgresql";
import { Database } from "./database.ts";
import { LOCKS } from "./locks.ts";
import { rows, sql } from "./sql.ts";
import { lacksMigrations, pendingMigrations } from "./startup-checks.ts";

/** A migration and the time of its run. The time is undefined if the migration is pending. */
interface MigrationStatus {
  readonly name: string;
  readonly executedAt: Date | undefined;
}

/**
 * Runs all pending migrations in one transaction.
 * @returns the names of these migrations, oldest first.
 * @throws the error of a migration, after a rollback of all.
 */
export async function migrateUp(orm: MikroORM): Promise<string[]> {
  const done = await oneAtATime(orm, (transaction) => orm.migrator.up({ transaction }));
  return done.map(({ name }) => name);
}

/**
 * Reverts the newest migration.
 * @returns its name, or undefined when no migration is left.
 * @throws the error of the migration, after a rollback.
 */
export async function migrateDown(orm: MikroORM): Promise<string | undefined> {
  const [undone] = await oneAtATime(orm, (transaction) => orm.migrator.down({ transaction }));
  return undone?.name;
}

/** All migrations with their times, oldest first. The function only reads; the table of migrations may be missing. */
export async function migrationStatus(orm: MikroORM): Promise<MigrationStatus[]> {
  const executed = await executedMigrations(orm);
  return [
    ...executed,
    ...pendingMigrations(executed.map(({ name }) => name)).map((name) => ({ name, executedAt: undefined })),
  ];
}

async function executedMigrations(orm: MikroORM): Promise<{ name: string; executedAt: Date }[]> {
  try {
    return await rows(
      new Database(orm.em.fork()),
      { name: "migrations.status" },
      sql<{
        name: string;
        executedAt: Date;
      }>`select name, executed_at as "executedAt" from schema_migrations order by id`,
    );
  } catch (error) {
    if (lacksMigrations(error)) return [];
    throw error;
  }
}

/**
 * Several servers may start at the same time on one database, and each would create the tables. The lock serializes the
 * servers: a later server finds no pending migrations. PostgreSQL releases the lock with the transaction, also when the
 * process dies.
 */
function oneAtATime<Result>(
  orm: MikroORM,
  run: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return orm.em.fork().transactional(async (em) => {
    await rows(
      new Database(em),
      { name: "migrations.lock" },
      sql`select pg_advisory_xact_lock(${LOCKS.migrations}::bigint)`,
    );
    return run(em.getTransactionContext());
  });
}
