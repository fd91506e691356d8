import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const page = (path: string) => join(import.meta.dirname, path);

/**
 * The explorer is GraphiQL 4, whose editor is CodeMirror: 1.3 MB, 0.44 MB with gzip. GraphiQL 5 has the Monaco editor:
 * 7.1 MB, 2.1 MB with gzip. The fonts of GraphiQL are 350 KB of base64 in its style sheet, which the policy of the
 * explorer would refuse.
 */
const withoutFonts: Plugin = {
  name: "without-fonts",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("/graphiql/") && id.endsWith(".css")
      ? code.replace(/@font-face\s*\{[^}]*\}/g, "")
      : undefined,
};

/** `npm run build` and `vite web` for development; requests to the API go to a running server. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutFonts],
  // Names are hashed below /assets, so that browsers cache the files forever.
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // The polyfill would insert a script element, which Trusted Types refuse.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The explorer is a large page of its own.
    chunkSizeWarningLimit: 1_100,
    rolldownOptions: {
      input: [page("index.html"), page("explorer/index.html"), page("introspection-off.html")],
      // A slow machine is no reason for a warning.
      checks: { pluginTimings: false },
      // The libraries of GraphiQL have directives for React on servers, one warning for each file.
      onLog: (level, log, report) => {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: Object.fromEntries(["/graphql", "/api", "/health"].map((path) => [path, "http://127.0.0.1:8007"])),
  },
});
