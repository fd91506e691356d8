import { defineConfig } from "vitest/config";

export default defineConfig({
  // type-graphql needs parameter decorators, which only the legacy proposal has.
  oxc: { decorator: { legacy: true } },
  // graphql must be one module: Node.js takes its "main", Vite would take its "module".
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    // vitest.browser.config.ts has them.
    exclude: ["test/browser/**"],
    setupFiles: ["test/support/left-behind.setup.ts"],
    globalSetup: ["test/support/global.setup.ts"],
    // Every file has a database and services of its own; the sources are loaded once (213 s instead of 360 s on 2 cores).
    isolate: false,
    // Nothing is asserted of how long a test takes, and a machine may be busy with others.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests often wait for a process or a timer: three workers take 116 s on 2 cores, two take 145 s.
    maxWorkers: 3,
  },
});
