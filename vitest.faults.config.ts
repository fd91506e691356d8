import { defineConfig } from "vitest/config";
import fast from "./vitest.config.ts";

// Real processes are killed and frozen here: one file at a time, and with patience.
export default defineConfig({
  ...fast,
  test: {
    ...fast.test,
    include: ["test/faults/**/*.faults.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
