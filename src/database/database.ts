import type { SqlEntityManager } from "@mikro-orm/postgresql";

/** What runs SQL: the EntityManager of one operation, inside its transaction if it is in one. */
export type Database = SqlEntityManager;
