import type { Command } from "commander";

/** `serve`: runs the service in the foreground. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description(
      "run the service until SIGINT or SIGTERM; configured by environment variables (docs/configuration.md)",
    )
    .action(async () => {
      const { serve } = await import("../serve.ts");
      await serve();
    });
}
