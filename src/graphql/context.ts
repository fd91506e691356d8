import type { MikroORM } from "@mikro-orm/postgresql";
import { createChangesLoader } from "../comparison/changes.loader.ts";
import type { Database } from "../database/database.ts";
import { createIntegrityLoader } from "../integrity/integrity.loader.ts";
import { createJobLoaders, type JobLoaders } from "../jobs/loaders.ts";

/** What one operation works with. */
export interface Context {
  /** The operation's own EntityManager. */
  readonly db: Database;
  readonly loaders: JobLoaders & {
    readonly changes: ReturnType<typeof createChangesLoader>;
    readonly integrity: ReturnType<typeof createIntegrityLoader>;
  };
}

/** The context of a new operation. */
export function createContext(orm: MikroORM): Context {
  const db = orm.em.fork();
  return {
    db,
    loaders: {
      ...createJobLoaders(db),
      changes: createChangesLoader(db),
      integrity: createIntegrityLoader(db),
    },
  };
}
