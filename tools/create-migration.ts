/**
 * `npm run migration -- NAME` writes the migration that brings the database to what the entities say, and the
 * snapshot. `npm run migration -- --check` fails when there is one to write. Both compare with
 * migrations/.snapshot.json, so no database is needed.
 */
import { MikroORM } from "@mikro-orm/postgresql";
import { ormConfig } from "../mikro-orm.config.ts";

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("Usage: npm run migration -- NAME, or npm run migration -- --check");

const orm = await MikroORM.init({ ...ormConfig, dbName: "none" });
if (name === "--check") {
  if (await orm.migrator.checkSchema())
    throw new Error("The entities have changed: npm run migration -- NAME");
} else {
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  console.log(
    fileName === ""
      ? "The entities and the snapshot agree."
      : `${fileName}: list it in src/database/migrations.ts`,
  );
}
await orm.close();
