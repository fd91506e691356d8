/**
 * `npm ci` and `npm start`: builds dist/ where the build tools are installed. `npm ci --omit=dev` leaves them out; the
 * program then runs the dist/ that is there. Plain JavaScript, because the host's Node.js may run it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

// Of the development packages that a build takes, tsx depends on the other one, esbuild.
if (existsSync("node_modules/tsx")) {
  const { status } = spawnSync("npm run --silent build", { shell: true, stdio: "inherit" });
  process.exitCode = status ?? 1;
}
