#!/usr/bin/env -S node --max-semi-space-size=16
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { keepCompiledCode } from "./keep-compiled-code.js";

// Plain JavaScript: an old Node.js must print the message below instead of a syntax error.
const program = new URL("../dist/cli.js", import.meta.url);
if (!existsSync(program)) {
  console.error(
    `results-storage is not built: ${fileURLToPath(program)} is missing. Build it with "npm ci && npm run build", ` +
      "which needs the development packages, or copy a built dist folder there.",
  );
  process.exit(2);
}
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(
    `results-storage needs Node.js 22.17 or later; this is ${process.version}. Install a later version. In a clone, ` +
      '"npm ci" with the development packages installs one for the project.',
  );
  process.exit(2);
}
// By default V8 lets garbage grow to four times the live data: 560 MB under a mixed load instead of 270. Smaller
// values cost processor time: about 10 % more for a dashboard with 50, and 30 % more with 10.
setFlagsFromString("--heap-growing-percent=75");
keepCompiledCode(fileURLToPath(new URL("../dist/compiled", import.meta.url)));
await import(program.href);
