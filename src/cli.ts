import { Command } from "commander";
import { addCheckpointCommand } from "./cli/checkpoint.ts";
import { addExcludeCommands } from "./cli/exclude.ts";
import { reportFailure } from "./cli/exit-codes.ts";
import { addExportCommand } from "./cli/export.ts";
import { addMigrateCommand } from "./cli/migrate.ts";
import { addPurgeCommand } from "./cli/purge.ts";
import { addPushCommand } from "./cli/push.ts";
import { addServeCommand } from "./cli/serve.ts";
import { addTokenCommand } from "./cli/token.ts";
import { addVerifyCommand } from "./cli/verify.ts";
import { packageVersion } from "./lib/version.ts";

/**
 * The command line. Each command imports its work inside its action: loading the ORM takes longer than a whole push.
 * A failure prints one sentence to standard error and sets the exit code (cli/exit-codes.ts).
 */
const program = new Command("results-storage")
  .description("Stores cloud cost estimates immutably and reports on them.")
  .version(packageVersion())
  .exitOverride()
  .showHelpAfterError("(results-storage help lists the commands)");

addServeCommand(program);
addMigrateCommand(program);
addPushCommand(program);
addExportCommand(program);
addExcludeCommands(program);
addPurgeCommand(program);
addTokenCommand(program);
addVerifyCommand(program);
addCheckpointCommand(program);

// A reader that closes the pipe early (push --json | head -1) is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
