/** `npm run demo`: stores sample estimates through the public API, as data for the first query. */
import { readFile } from "node:fs/promises";
import { reportFailure } from "../src/cli/exit-codes.ts";
import { serverOf } from "../src/cli/server-option.ts";
import { DEFAULT_URL, request } from "../src/client/client.ts";
import { StoreEstimateDocument } from "../src/client/generated.ts";
import type { Server } from "../src/client/transport.ts";
import { importEstimates } from "../src/import/import-estimates.ts";

/** The sample file of each pipeline run; the runs of a project are in order. */
const RUNS = [
  { project: "demo/lambda", file: "infracost/same-plan-a-estimator-2022-11-23.json" },
  { project: "demo/lambda", file: "infracost/same-plan-b-estimator-2023-02-03.json" },
  { project: "demo/network", file: "infracost/ic-28-plan-v014-nochange.json" },
  { project: "demo/network", file: "infracost/ic-27-plan-v014-indexed-addresses.json" },
  { project: "demo/usage", file: "infracost/ic-02-breakdown-nulls-no-usage.json" },
  { project: "demo/usage", file: "infracost/ic-01-breakdown-aws-plan-usagebased.json" },
  { project: "demo/fargate", file: "infracost/cm-02-aws-fargate-33-resources.json" },
  { project: "demo/azure", file: "infracost/ic-34-legacy-no-currency-azure.json" },
  { project: "demo/rupees", file: "infracost/ic-41-currency-inr.json" },
  { project: "demo/shop", file: "native.json" },
];

const files = new URL("../test/estimates/files/", import.meta.url);
try {
  const server = serverOf(process.env.RESULTS_STORAGE_URL || DEFAULT_URL, process.env);
  await storeRuns(server);
  console.log(`\nNow open ${server.url}/graphql and run the first query.`);
} catch (error) {
  process.exitCode = reportFailure(error);
}

async function storeRuns(server: Server): Promise<void> {
  for (const { project, file } of RUNS) {
    for (const input of importEstimates(await readFile(new URL(file, files), "utf8"), {
      region: "us-east-1",
    })) {
      // A fixed key: a second demo stores nothing twice.
      const sample = { ...input, project, branch: "main", userId: "demo", idempotencyKey: `demo ${file}` };
      const { storeEstimate } = await request(server, StoreEstimateDocument, { input: sample });
      const { job, created } = storeEstimate;
      console.log(
        `${created ? "stored" : "exists"}  ${job.id}  ${project}  ${job.totalMonthlyCost} ${job.currency}`,
      );
    }
  }
}
