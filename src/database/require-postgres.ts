import type { MikroORM } from "@mikro-orm/postgresql";
import { reasonOf } from "../reason-of.ts";
import { firstRow, sql } from "./sql.ts";

/** As PostgreSQL counts: 14.0. */
const OLDEST = 140_000;

/** The database cannot be used. The message says why, and what to do; it never holds the password. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

/**
 * Connects for the first time, so that what is wrong with DATABASE_URL is told as such.
 * @throws DatabaseUnusable when there is no PostgreSQL that lets us in, or it is too old.
 */
export async function requirePostgres(orm: MikroORM, url: string): Promise<void> {
  const version = await versionOf(orm).catch((error: unknown) => {
    throw new DatabaseUnusable(
      `The database at ${place(url)} cannot be used: ${reasonOf(error)}. Is DATABASE_URL right, and PostgreSQL running?`,
      { cause: error },
    );
  });
  if (version >= OLDEST) return;
  throw new DatabaseUnusable(
    `The database at ${place(url)} is PostgreSQL ${Math.floor(version / 10_000)}; it must be 14 or later.`,
  );
}

async function versionOf(orm: MikroORM): Promise<number> {
  const statement = sql<{ version: number }>`select current_setting('server_version_num')::int as version`;
  return (await firstRow(orm.em.fork(), statement))?.version ?? 0;
}

/** The URL's host, port and database, without user and password. */
function place(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host || "this machine"}${pathname}`;
}
