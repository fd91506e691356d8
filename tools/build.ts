/** `npm run build`: puts the sources and what they import into a few files under dist/. */
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Requires node:http where it is imported. Node.js reads every export of what a module imports from it, and two of
 * node:http's load undici, which the service does not use: 40 ms of a start.
 */
const requireHttp: Plugin = {
  name: "require-http",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "http", namespace: "require" } : undefined,
    );
    onLoad({ filter: /^http$/, namespace: "require" }, () => ({
      contents: 'module.exports = require("node:http");',
    }));
  },
};

// Node.js would open 1,700 files at every start, and each command would take as long again.
const { metafile } = await build({
  entryPoints: ["src/cli.ts", "src/large-requests.thread.ts"],
  outdir: "dist",
  // The thread is started by its file, which has to lie beside the file of whoever starts it: all in one folder.
  entryNames: "[name]",
  bundle: true,
  // What is imported when it is needed stays apart.
  splitting: true,
  platform: "node",
  target: "node22.17",
  format: "esm",
  sourcemap: true,
  plugins: [requireHttp],
  external: [
    // Loaded only where they are asked for; the last two are optional to our libraries, and not installed.
    "prom-client",
    "@opentelemetry/*",
    "class-validator",
    "pg-native",
    // In a bundle it hashes each query in JavaScript, since `module.require` is not there: 2 % of a kept answer.
    "@apollo/utils.createhash",
  ],
  // CommonJS in a module: some libraries require what Node.js has.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
  metafile: true,
});

// Only now, and only what is of other sources: a program that runs, or is started meanwhile, finds its files.
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
const others = (await readdir("dist")).filter((name) => !made.has(name));
if (others.some((name) => name !== "compiled")) {
  for (const name of others) await rm(join("dist", name), { recursive: true });
}
