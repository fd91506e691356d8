/**
 * `npm run migration -- NAME` writes the migration from the snapshot to the entities, the new snapshot, and the list of
 * migrations. `npm run migration -- --check` fails when the entities differ from the snapshot, or the list differs from
 * the files. The entities are compared with migrations/.snapshot.json, without a database.
 */
import { readFile, writeFile } from "node:fs/promises";
import { MikroORM } from "@mikro-orm/postgresql";
import { ormConfig } from "../mikro-orm.config.ts";
import { migrationListFile, migrationListText } from "./migration-list.ts";

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("Usage: npm run migration -- NAME, or npm run migration -- --check");

const orm = await MikroORM.init({ ...ormConfig, dbName: "none" });
if (name === "--check") {
  if (await orm.migrator.checkSchema())
    throw new Error("The entities have changed: npm run migration -- NAME");
  if ((await readFile(migrationListFile, "utf8")) !== (await migrationListText()))
    throw new Error("The files in migrations/ have changed: npm run migration -- NAME");
} else {
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  console.log(fileName === "" ? "The entities match the snapshot." : fileName);
  // Also without a new migration: a file may have a new name.
  await writeFile(migrationListFile, await migrationListText());
}
await orm.close();
