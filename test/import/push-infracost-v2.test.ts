import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Stored } from "../../src/cli/push.ts";
import { run } from "../support/command-line.ts";
import { startService } from "../support/service.ts";

const service = startService();
const scan = fileURLToPath(new URL("../estimates/files/infracost-v2.json", import.meta.url));

test("a scan of Infracost 2 is stored as two jobs, of which the failed one is incomplete", async () => {
  const { stdout } = await run(["push", "--json", scan], { env: { RESULTS_STORAGE_URL: service.url } });
  const stored: Stored[] = JSON.parse(stdout);
  const { data } = await service.query(
    `{ jobs(first: 9) { nodes { id project currency totalMonthlyCost isComplete resourceCount unpricedResourceCount
        unsupportedResourceCount warnings { code } } } }`,
  );
  const jobs = stored.map(({ job }) => data.jobs.nodes.find((node: { id: string }) => node.id === job.id));
  expect(jobs).toMatchObject([
    {
      project: "web",
      currency: "EUR",
      totalMonthlyCost: "78.5",
      isComplete: true,
      resourceCount: 4,
      unpricedResourceCount: 2,
      unsupportedResourceCount: null,
      warnings: [{ code: "UNSUPPORTED_RESOURCES" }, { code: "UNKNOWN_SERVICE" }],
    },
    {
      project: "api",
      currency: "EUR",
      totalMonthlyCost: "49",
      isComplete: false,
      resourceCount: 1,
      warnings: [{ code: "PROJECT_ERROR" }, { code: "FIELDS_IGNORED" }],
    },
  ]);
});
