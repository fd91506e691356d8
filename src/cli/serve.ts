import type { Command } from "commander";

/** `serve`: runs the service in the foreground. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run the service until SIGTERM or Ctrl-C; docs/configuration.md lists its variables")
    .action(async () => {
      const { serve } = await import("../serve.ts");
      await serve();
    });
}
