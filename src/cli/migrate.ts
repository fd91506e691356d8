import type { Command } from "commander";

/** `migrate up|down|status`: applies migrations, reverts the newest one, or lists them. */
export function addMigrateCommand(program: Command): void {
  const migrate = program.command("migrate").description("apply, revert or list schema migrations");
  migrate
    .command("up")
    .description("apply all pending migrations; the server does this at its start as well")
    .action(migrateUp);
  migrate
    .command("down")
    .description("revert the newest migration, INCLUDING THE DATA in its tables and columns")
    .action(migrateDown);
  migrate
    .command("status")
    .description("list all migrations with the time they ran; the server may be running")
    .action(printStatus);
}

async function migrateUp(): Promise<void> {
  const { withDatabase, migrations } = await loadMigrations();
  const names = await withDatabase({ mode: "create" }, migrations.migrateUp);
  print(names.map((name) => `up    ${name}`));
}

async function migrateDown(): Promise<void> {
  const { withDatabase, migrations } = await loadMigrations();
  const name = await withDatabase({ mode: "existing" }, migrations.migrateDown);
  print(name === undefined ? [] : [`down  ${name}`]);
}

async function printStatus(): Promise<void> {
  const { withDatabase, migrations } = await loadMigrations();
  const all = await withDatabase({ mode: "join" }, migrations.migrationStatus);
  print(all.map(({ name, executedAt }) => `${executedAt?.toISOString() ?? "pending"}  ${name}`));
}

async function loadMigrations() {
  const { withDatabase } = await import("./with-database.ts");
  return { withDatabase, migrations: await import("../database/migrate.ts") };
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.length === 0 ? "Nothing to do.\n" : `${lines.join("\n")}\n`);
}
