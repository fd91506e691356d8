/**
 * `npm ci` and `npm start`: builds dist/ if the build tools are installed. Without them (`npm ci --omit=dev`) the
 * existing dist/ is used. Plain JavaScript: the Node.js of the host may run it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

// The build needs tsx and esbuild; tsx depends on esbuild.
if (existsSync("node_modules/tsx")) {
  const { status } = spawnSync("npm run --silent build", { shell: true, stdio: "inherit" });
  process.exitCode = status ?? 1;
}
