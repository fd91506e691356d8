import { defineConfig } from "vitest/config";
import { chromiumPath } from "./test/support/chromium.ts";
import fast from "./vitest.config.ts";

const MISSING =
  "Chromium is not installed: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.";

const isInstalled = chromiumPath() !== undefined;
if (!isInstalled) {
  // Where it has to be installed, its absence is a failure.
  if (process.env.CI) throw new Error(MISSING);
  console.warn(`The tests in the browser are skipped. ${MISSING}`);
}

export default defineConfig({
  ...fast,
  test: {
    ...fast.test,
    include: isInstalled ? ["test/browser/**/*.test.ts"] : [],
    exclude: [],
    passWithNoTests: !isInstalled,
    // A browser has several processes: with more workers, the tests wait for each other.
    maxWorkers: 2,
  },
});
