import type { Transaction } from "@mikro-orm/core";
import type { MikroORM } from "@mikro-orm/postgresql";
import { Database } from "./database.ts";
import { rows, sql } from "./sql.ts";
import { lacksMigrations, pendingMigrations } from "./startup-checks.ts";

/** One migration and when it ran; undefined when it has not. */
interface MigrationStatus {
  readonly name: string;
  readonly executedAt: Date | undefined;
}

/** The advisory lock of whoever changes the schema: any number that nobody else takes in this database. */
const LOCK = 20_261_123;

/**
 * Brings the database up to the newest migration, all in one transaction.
 * @returns the names of the migrations that ran, oldest first.
 */
export async function migrateUp(orm: MikroORM): Promise<string[]> {
  const done = await oneAtATime(orm, (transaction) => orm.migrator.up({ transaction }));
  return done.map(({ name }) => name);
}

/**
 * Takes back the newest migration.
 * @returns its name, or undefined when there is none left.
 */
export async function migrateDown(orm: MikroORM): Promise<string | undefined> {
  const [undone] = await oneAtATime(orm, (transaction) => orm.migrator.down({ transaction }));
  return undone?.name;
}

/** Every migration, oldest first, with when it ran. Reads only: the table of migrations may be missing. */
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
 * Servers that start at the same moment on one database would all make its tables: each waits for the one before it,
 * and then finds nothing left to do. PostgreSQL frees the lock with the transaction, also when we die.
 */
function oneAtATime<Result>(
  orm: MikroORM,
  run: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return orm.em.fork().transactional(async (em) => {
    await rows(
      new Database(em),
      { name: "migrations.lock" },
      sql`select pg_advisory_xact_lock(${LOCK}::bigint)`,
    );
    return run(em.getTransactionContext());
  });
}
