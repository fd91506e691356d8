import { CommanderError } from "commander";
import { ServerUnreachable } from "../client/transport.ts";
import { ConfigError, ownMessage } from "../lib/errors.ts";

/** The exit codes of all commands. A contract: pipelines branch on them. */
export const EXIT_CODES = { done: 0, refused: 1, usage: 2, unreachable: 3, conditionFailed: 4 } as const;

/** Writes the error to standard error (commander has written its own) and returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  process.stderr.write(`${ownMessage(error)}\n`);
  if (isMissingPackage(error)) process.stderr.write(INSTALL_PACKAGES);
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT_CODES.usage;
  if (error instanceof ConditionFailed) return EXIT_CODES.conditionFailed;
  const isUnknown = error instanceof ServerUnreachable || error instanceof NotVerified;
  return isUnknown ? EXIT_CODES.unreachable : EXIT_CODES.refused;
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}

/** An unpacked package has no dependencies; `push` and `export` run without them. */
const INSTALL_PACKAGES =
  'Run "npm ci --omit=dev" in the clone, or "npm install --global" with the file of the package, to install the packages of this command.\n';

/** Invalid arguments or environment variables. The message says which values are valid. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The stored data could not be compared with the chain. */
export class NotVerified extends Error {
  override readonly name = "NotVerified";
}

/** The command is done, but a condition of the call failed, such as --require-complete. */
export class ConditionFailed extends Error {
  override readonly name = "ConditionFailed";
}
