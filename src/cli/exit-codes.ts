import { CommanderError } from "commander";
import { ServerUnreachable } from "../client/transport.ts";
import { ConfigError } from "../config.ts";
import { NotVerified } from "./not-verified.ts";

/** What the process ends with. Part of the command's contract: pipelines branch on it. */
export const EXIT_CODES = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** `push` and `export` need no other package; an unpacked package has none. */
const INSTALL_PACKAGES =
  'Run "npm ci --omit=dev" in the clone, or "npm install --global" with the file of the package, to install the packages that this command needs.\n';

/** Says on standard error what went wrong (commander has said its own), and returns the code to end with. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (isMissingPackage(error)) process.stderr.write(INSTALL_PACKAGES);
  if (error instanceof UsageError || error instanceof ConfigError) return EXIT_CODES.usage;
  const isUnknown = error instanceof ServerUnreachable || error instanceof NotVerified;
  return isUnknown ? EXIT_CODES.unreachable : EXIT_CODES.refused;
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}

/** The command was called in a way that cannot work; its message says how to call it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
