import { joinDatabase, openDatabase, openExistingDatabase } from "../database/connect.ts";
import { migrateDown, migrateUp, migrationStatus } from "../database/migrate.ts";
import { withDatabase } from "./with-database.ts";

/** Runs the migrations that have not run yet, on the configured database. */
export const up = () => withDatabase({ open: openDatabase }, migrateUp);

/** Takes back the newest migration of the configured database. */
export const down = () => withDatabase({ open: openExistingDatabase }, migrateDown);

/** Where the configured database is. Looking disturbs no server that runs on it. */
export const status = () => withDatabase({ open: joinDatabase }, migrationStatus);
