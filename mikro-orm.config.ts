import { fileURLToPath } from "node:url";
import { Migrator } from "@mikro-orm/migrations";
import { defineConfig } from "@mikro-orm/postgresql";
import { migrations } from "./src/database/migrations.ts";
import { entities } from "./src/database/schema.ts";

// MikroORM looks for its extension by the class's name, which a bundle may change, and would load all of itself once
// more from node_modules: 0.3 s and 25 MB.
Object.defineProperty(Migrator, "name", { value: "Migrator" });

/** The configuration without the connection, which src/database/connect.ts adds. */
const config = defineConfig({
  entities,
  extensions: [Migrator],
  migrations: {
    migrationsList: migrations,
    path: fileURLToPath(new URL("migrations", import.meta.url)),
    snapshotName: ".snapshot",
    snapshotOnMigrate: false,
    tableName: "schema_migrations",
  },
  // Triggers, functions and views are the migrations' alone: the ORM cannot describe triggers that share a function.
  schemaGenerator: {
    ignoreTriggers: true,
    ignoreRoutines: true,
    ignoreSchema: ["reporting"],
    skipViews: [/./],
  },
});

export { config as ormConfig };
