import type { Command } from "commander";

/** `serve`: runs the service in the foreground. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run the service until it is told to stop; configured by environment variables (README)")
    .action(async () => {
      const { serve } = await import("../serve.ts");
      await serve();
    });
}
