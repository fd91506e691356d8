import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { codeOf } from "./errors.ts";

/** Whether there is a process with this pid, be it another user's or a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The command line of a process; empty for a zombie, undefined when the platform does not tell. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "win32") return undefined;
    if (process.platform === "linux") return await readFile(`/proc/${pid}/cmdline`, "utf8");
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]);
    return stdout;
  } catch {
    return undefined;
  }
}
