import type { MikroORM } from "@mikro-orm/postgresql";
import type { Viewer } from "../access/viewer.ts";
import { Database } from "../database/database.ts";

/** What the resolvers of one operation share. */
export interface Context {
  /** On whose behalf the operation runs. */
  readonly viewer: Viewer;
  /** Reads only what the viewer may see. */
  readonly db: Database;
  /**
   * The DataLoaders that a feature makes with `create`: made when they are first needed, and shared by all resolvers of
   * the operation. Pass the same function each time, not a new one.
   */
  readonly loaders: <Loaders>(create: (db: Database) => Loaders) => Loaders;
}

/** Creates the context of a new operation. */
export function createContext(orm: MikroORM, viewer: Viewer): Context {
  const db = new Database(orm.em.fork(), viewer.projects);
  const created = new Map<(db: Database) => unknown, unknown>();
  function loaders<Loaders>(create: (db: Database) => Loaders): Loaders {
    if (!created.has(create)) created.set(create, create(db));
    // A function is always stored with what it returned.
    return created.get(create) as Loaders;
  }
  return { viewer, db, loaders };
}
