import { migrateDown, migrateUp, migrationStatus } from "../database/migrate.ts";
import { openDatabase } from "../database/open-database.ts";
import { withDatabase } from "./with-database.ts";

/** Runs the migrations that have not run yet, on the configured database. */
export const up = () => withDatabase({ open: openDatabase }, migrateUp);

/** Takes back the newest migration of the configured database. */
export const down = () => withDatabase({ open: openDatabase }, migrateDown);

/** Where the configured database is. */
export const status = () => withDatabase({ open: openDatabase }, migrationStatus);
