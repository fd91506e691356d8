import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of the command line is given beside its arguments. */
export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty unless stated. */
  readonly input?: string | Uint8Array;
  /** The folder that it runs in; the project's unless stated. */
  readonly cwd?: string;
  /** The folder of the program, where it is not the project's. */
  readonly folder?: string;
}

/** Runs `results-storage ARGS` to its end. */
export async function run(
  args: readonly string[],
  { env, input = "", cwd = project, folder = project }: Given = {},
): Promise<Ended> {
  const child = start(args, env, { stdio: "pipe", cwd }, folder);
  child.stdin?.on("error", () => undefined).end(input);
  const [stdout, stderr] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

/** Starts `results-storage ARGS` in an environment of its own: nothing of the machine's CI or git leaks in. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: SpawnOptions = {},
  folder = project,
): ChildProcess {
  // Tests ask from one address, as fast as they can.
  const clean = { PATH: process.env.PATH, GIT_DIR: "/nonexistent", RATE_LIMIT: "0", ...env };
  return spawn(process.execPath, [join(folder, "bin", "results-storage.js"), ...args], {
    cwd: project,
    env: clean,
    ...options,
  });
}

function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve("") : text(stream);
}
