import { defineConfig } from "vitest/config";

export default defineConfig({
  // type-graphql needs parameter decorators, which only the legacy proposal has.
  oxc: { decorator: { legacy: true } },
  // graphql must be one module: Node.js takes its "main", Vite would take its "module".
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/postgres.setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
