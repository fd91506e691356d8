import { once } from "node:events";
import { get } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

/** One export at a time. */
const service = startService({ RUNNING_LIMIT: "4" });

let exportUrl = "";
beforeAll(async () => {
  // More than the operating system takes for a client that does not read: 4 MB here and there.
  const tags = { padding: "x".repeat(2_000) };
  const byResource = Array.from({ length: 12_000 }, (_, n) => resource({ resourceId: `r${n}`, tags }));
  const id = await store(service, { estimate: estimate({ totalMonthlyCost: "120000", byResource }) });
  exportUrl = `${service.url}/api/v1/jobs/${id}/resources.json`;
});

describe("An export whose client reads slowly, if faster than what is cut in any case", () => {
  it("loses its place to the next one when there are no others", async () => {
    const request = get(exportUrl);
    const [slow] = await once(request, "response");
    slow.pause();
    const ended = new Promise<string>((resolve) => {
      for (const stream of [request, slow]) stream.on("error", ({ code }: { code: string }) => resolve(code));
      slow.once("end", () => resolve("whole"));
    });
    const reading = setInterval(() => slow.read(100_000), 1_000);
    await until(async () => {
      const response = await fetch(exportUrl);
      const answer = await response.json();
      if (response.ok) expect(answer).toHaveLength(12_000);
      return response.ok;
    });
    clearInterval(reading);
    // A client that does not read does not see that its connection is gone.
    slow.resume();
    expect(await ended).toBe("ECONNRESET");
  });
});
