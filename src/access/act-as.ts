import type { Database } from "../database/database.ts";
import { ANYONE, type Viewer } from "./viewer.ts";

const PARAMETER = "viewer";

/**
 * Makes everything that is read through an EntityManager, and within its transactions, read for a viewer. The viewer
 * goes with it as a parameter of a filter, because MikroORM hands those on to the EntityManagers of transactions.
 */
export function actAs(db: Database, viewer: Viewer): Database {
  db.setFilterParams(PARAMETER, { viewer });
  return db;
}

/** For whom an EntityManager reads; the service's own, which serves no request, reads everything. */
export function viewerOf(db: Database): Viewer {
  const parameters: { readonly viewer: Viewer } | undefined = db.getFilterParams(PARAMETER);
  return parameters?.viewer ?? ANYONE;
}
