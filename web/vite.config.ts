import { defineConfig } from "vite";

/** `npm run build` and `vite web` for development; requests to the API go to a running server. */
export default defineConfig({
  root: import.meta.dirname,
  // Names are hashed below /assets, so that browsers cache the files forever.
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // The polyfill would insert a script element, which Trusted Types refuse.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: Object.fromEntries(["/graphql", "/api", "/health"].map((path) => [path, "http://127.0.0.1:8007"])),
  },
});
