import { describe, expect, it } from "vitest";
import { heapBytes } from "../support/heap.ts";
import { startService } from "../support/service.ts";

const service = startService({ TRUST_PROXY: "1", RATE_LIMIT: "100" });

describe("The counts of the rate limit", () => {
  it("do not retain the text of X-Forwarded-For", async () => {
    const ask = async (n: number) => {
      const address = `${n}-${"x".repeat(12_000)}`;
      // A short response: a document would take most of the time.
      const response = await fetch(`${service.url}/api/v1/jobs/none`, {
        headers: { "x-forwarded-for": address },
      });
      await response.arrayBuffer();
      expect(response.status).toBe(404);
    };
    for (let n = 0; n < 50; n++) await ask(n);
    const before = heapBytes();
    for (let n = 50; n < 1_550; n++) await ask(n);
    // 1,500 headers have 18 MB; the requests themselves leave up to 8 MB.
    expect(heapBytes() - before).toBeLessThan(12 * 1_048_576);
  });
});
