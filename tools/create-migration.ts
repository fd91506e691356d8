/**
 * `npm run migration -- NAME` writes the migration from the snapshot to the entities, and the new snapshot.
 * `npm run migration -- --check` fails when the entities differ from the snapshot. Both compare with
 * migrations/.snapshot.json and need no database.
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
      ? "The entities match the snapshot."
      : `${fileName}: add it to src/database/migrations.ts`,
  );
}
await orm.close();
