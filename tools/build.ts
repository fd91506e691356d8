/** `npm run build`: bundles the program and its dependencies into a few files under dist/, and the page into dist/web. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { build as buildPage } from "vite";

/**
 * Replaces imports of node:http by require. An import reads every export of the module, and two exports of node:http
 * load undici, which the service does not use: 40 ms of the start.
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

// Without a bundle, Node.js opens 1,700 files, and each command takes twice as long.
const { metafile } = await build({
  entryPoints: ["src/cli.ts", "src/large-requests.thread.ts"],
  outdir: "dist",
  // A thread is started by the URL of its file, relative to the file that starts it: all files are in one folder.
  entryNames: "[name]",
  bundle: true,
  // Dynamic imports have files of their own.
  splitting: true,
  platform: "node",
  target: "node22.17",
  format: "esm",
  sourcemap: true,
  plugins: [requireHttp],
  external: [
    // Imported on demand; class-validator and pg-native are optional dependencies and not installed.
    "prom-client",
    "@opentelemetry/*",
    "class-validator",
    "pg-native",
    // In a bundle it has no `module.require` and hashes in JavaScript: 2 % of a cached response.
    "@apollo/utils.createhash",
  ],
  // Some CommonJS libraries require Node.js modules.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
  metafile: true,
});

// Old files are removed last: a program that starts during the build finds its files.
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
const others = (await readdir("dist")).filter((name) => name !== "web" && !written.has(name));
if (others.some((name) => name !== "compiled")) {
  for (const name of others) await rm(join("dist", name), { recursive: true });
}

// Tests build with NODE_ENV=test, for which the libraries of the page have warnings for developers: 3 KB.
process.env.NODE_ENV = "production";
await buildPage({ configFile: "web/vite.config.ts", logLevel: "warn" });
for (const name of await readdir("dist/web", { recursive: true })) {
  if (/\.(?:js|css|html|svg)$/.test(name)) await compress(join("dist/web", name));
}

/** Beside the file, for browsers that accept Brotli or gzip: a server compresses nothing at run time. */
async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  await writeFile(`${path}.br`, brotliCompressSync(content));
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
}
