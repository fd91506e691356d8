import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedPostgresError, messageOf } from "./errors.ts";
import type { UnixUser } from "./user.ts";

/** How a program of PostgreSQL is run. */
export interface CommandOptions {
  /** A folder that the program's account can enter: ours may be closed to it. */
  readonly cwd: string;
  readonly user: UnixUser | undefined;
}

/** How a program ended, and all it said. */
export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs one of PostgreSQL's programs to its end, out of reach of the terminal's Ctrl-C.
 * @throws EmbeddedPostgresError when the machine cannot run it at all.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, user }: CommandOptions,
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd,
    ...user,
    env: ownEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    windowsHide: true,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const closed = once(child, "close").catch(() => undefined);
  try {
    const [code] = await once(child, "exit");
    // On Windows the server inherits the pipes and keeps them open: do not wait for their end for ever.
    await Promise.race([closed, sleep(500, undefined, { ref: false })]);
    return { ok: code === 0, output: output.trim() };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${program} cannot be run here (${messageOf(error)}). Set DATABASE_URL to an existing PostgreSQL.`,
      { cause: error },
    );
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Our environment without PGPORT, PGDATA and their like, which are meant for another PostgreSQL. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));
}
