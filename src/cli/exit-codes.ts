import { CommanderError } from "commander";
import { ServerUnreachable } from "../client/client-errors.ts";
import { ConfigError } from "../config.ts";
import { NotVerified } from "./not-verified.ts";
import { UsageError } from "./usage-error.ts";

/** What the process ends with. Part of the command's contract: pipelines branch on it. */
export const EXIT_CODES = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** Says on standard error what went wrong (commander has said its own), and returns the code to end with. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT_CODES.usage;
  const isUnknown = error instanceof ServerUnreachable || error instanceof NotVerified;
  return isUnknown ? EXIT_CODES.unreachable : EXIT_CODES.refused;
}
