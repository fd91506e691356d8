import type { SqlEntityManager } from "@mikro-orm/postgresql";

/**
 * What runs SQL: the EntityManager of one operation, inside its transaction if it is in one. Only what sql.ts and
 * access/act-as.ts need of it: find() and the query builder would read past the viewer.
 */
export type Database = Pick<
  SqlEntityManager,
  "transactional" | "getKysely" | "setFilterParams" | "getFilterParams"
>;
