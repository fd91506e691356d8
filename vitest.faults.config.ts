import { defineConfig, mergeConfig } from "vitest/config";
import fast from "./vitest.config.ts";

// Real processes are killed and frozen here: one file at a time, and with patience.
export default mergeConfig(
  fast,
  defineConfig({
    test: {
      include: ["test/faults/**/*.faults.ts"],
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
