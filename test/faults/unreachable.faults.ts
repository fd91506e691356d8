import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "../support/command-line.ts";
import { freePort } from "../support/stand-in.ts";

const native = fileURLToPath(new URL("../estimates/files/native.json", import.meta.url));

// The retries take 8 s.
describe.concurrent("When no server answers", () => {
  it.each([
    ["push", [native]],
    ["exclude", ["x", "--reason", "y"]],
    ["include", ["x"]],
  ])(
    "%s ends with 3 after retries with growing delays, and says how to start a server",
    async (command, args) => {
      const url = `http://localhost:${await freePort()}`;
      const begin = performance.now();
      const { code, stdout, stderr } = await run([command, ...args, "--url", url]);
      const seconds = (performance.now() - begin) / 1000;
      expect(stderr).toMatch(
        /cannot be reached \(.*ECONNREFUSED.*\)\. Is the server running\? "results-storage serve" starts one\./,
      );
      expect(stderr).toContain(url);
      // Sentences, not a stack trace.
      expect(stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d/m);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(seconds).toBeGreaterThan(7);
    },
  );
});
