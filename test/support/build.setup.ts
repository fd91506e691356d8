import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Builds the program, so that tests run the command line that its users have; it starts in half the time, too. */
export default async function build(): Promise<void> {
  const project = fileURLToPath(new URL("../..", import.meta.url));
  await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: project });
}
