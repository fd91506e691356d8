import type { MikroORM } from "@mikro-orm/postgresql";
import { actAs } from "../access/act-as.ts";
import type { Viewer } from "../access/viewer.ts";
import { createChangesLoader } from "../comparison/changes.loader.ts";
import type { Database } from "../database/database.ts";
import { createIntegrityLoader } from "../integrity/integrity.loader.ts";
import { createJobLoaders, type JobLoaders } from "../jobs/loaders.ts";

/** What one operation works with. */
export interface Context {
  /** On whose behalf it runs. */
  readonly viewer: Viewer;
  /** The operation's own EntityManager, which reads for the viewer. */
  readonly db: Database;
  readonly loaders: JobLoaders & {
    readonly changes: ReturnType<typeof createChangesLoader>;
    readonly integrity: ReturnType<typeof createIntegrityLoader>;
  };
}

/** The context of a new operation. */
export function createContext(orm: MikroORM, viewer: Viewer): Context {
  const db = actAs(orm.em.fork(), viewer);
  return {
    viewer,
    db,
    loaders: {
      ...createJobLoaders(db),
      changes: createChangesLoader(db),
      integrity: createIntegrityLoader(db),
    },
  };
}
