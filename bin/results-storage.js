#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// Plain JavaScript that any Node.js runs, so that one too old is told so instead of failing on syntax.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  console.error(`results-storage needs Node.js 22.17 or later; this is ${process.version}.`);
  process.exit(2);
}
// V8 would let garbage grow to four times of what is in use: 560 MB instead of 290 under a mixed load, at the same speed.
setFlagsFromString("--heap-growing-percent=10");
await import("../dist/cli.js");
