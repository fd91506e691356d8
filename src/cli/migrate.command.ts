import type { Command } from "commander";

/** `migrate up|down|status`: brings the database's schema forward, one step back, or says where it is. */
export function addMigrateCommand(program: Command): void {
  const migrate = program.command("migrate").description("change the database's schema, or say where it is");
  migrate
    .command("up")
    .description("run every migration that has not run yet; the server does it at its start as well")
    .action(async () => {
      const names = await (await loadMigrate()).up();
      say(names.map((name) => `up    ${name}`));
    });
  migrate
    .command("down")
    .description("take back the newest migration, WITH THE DATA that it made room for")
    .action(async () => {
      const name = await (await loadMigrate()).down();
      say(name === undefined ? [] : [`down  ${name}`]);
    });
  migrate
    .command("status")
    .description("list every migration, and when it ran; also beside a server that runs")
    .action(async () => {
      const migrations = await (await loadMigrate()).status();
      say(migrations.map(({ name, executedAt }) => `${executedAt?.toISOString() ?? "pending"}  ${name}`));
    });
}

/** Only when it is needed: loading the ORM takes longer than all that a push has to do. */
function loadMigrate() {
  return import("./migrate.ts");
}

function say(lines: readonly string[]): void {
  process.stdout.write(lines.length === 0 ? "Nothing to do.\n" : `${lines.join("\n")}\n`);
}
