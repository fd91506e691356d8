#!/usr/bin/env -S node --max-semi-space-size=16
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { keepCompiledCode } from "./keep-compiled-code.js";

// Plain JavaScript that any Node.js runs, so that one too old is told so instead of failing on syntax.
const program = new URL("../dist/cli.js", import.meta.url);
if (!existsSync(program)) {
  console.error(
    `results-storage is not built: there is no ${fileURLToPath(program)}. Build it with "npm ci && npm run build", ` +
      "which needs the development packages, or copy a finished dist folder to that place.",
  );
  process.exit(2);
}
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(
    `results-storage needs Node.js 22.17 or later; this is ${process.version}. Install a later one. In a clone, ` +
      '"npm ci" with the development packages installs one for the project.',
  );
  process.exit(2);
}
// V8 would let garbage grow to four times of what is in use: 560 MB under a mixed load instead of 270. It is not for
// free: a dashboard took about 10 per cent more processor time with 50 here than without, and 30 with 10.
setFlagsFromString("--heap-growing-percent=75");
keepCompiledCode(fileURLToPath(new URL("../dist/compiled", import.meta.url)));
await import(program.href);
