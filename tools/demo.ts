/** `npm run demo`: stores sample estimates through the public API, as data for the first query. */
import { readFile } from "node:fs/promises";
import { reportFailure } from "../src/cli/exit-codes.ts";
import { serverOf } from "../src/cli/server-option.ts";
import { DEFAULT_URL, RequestRefused, request } from "../src/client/client.ts";
import { StoreEstimateDocument } from "../src/client/generated.ts";
import type { Server } from "../src/client/transport.ts";
import type { StoreEstimateInput } from "../src/estimates/estimate.ts";
import { importEstimates } from "../src/import/import-estimates.ts";
import { demoHistory } from "./demo-history.ts";

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
  for (const input of await sampleRuns()) {
    const { job, created } = await store(server, input);
    console.log(
      `${created ? "stored" : "exists"}  ${job.id}  ${job.project}  ${job.totalMonthlyCost} ${job.currency}`,
    );
  }
  const history = demoHistory(new Date());
  for (const input of history) await storeDay(server, input);
  console.log(`stored  three months of 4 projects: ${history.length} estimates`);
  console.log(`\nNow open ${server.url}/ for the dashboards, or ${server.url}/graphql for the first query.`);
} catch (error) {
  process.exitCode = reportFailure(error);
}

/** The estimates of real estimator files. A fixed key: a second demo stores nothing twice. */
async function sampleRuns(): Promise<StoreEstimateInput[]> {
  const inputs = await Promise.all(
    RUNS.map(async ({ project, file }) =>
      importEstimates(await readFile(new URL(file, files), "utf8"), { region: "us-east-1" }).map((input) => ({
        ...input,
        project,
        branch: "main",
        userId: "demo",
        idempotencyKey: `demo ${file}`,
      })),
    ),
  );
  return inputs.flat();
}

/** Stores an estimate of the history, unless the demo of an earlier day has stored another one for its day. */
async function storeDay(server: Server, input: StoreEstimateInput): Promise<void> {
  try {
    await store(server, input);
  } catch (error) {
    if (!(error instanceof RequestRefused && error.message.startsWith("IDEMPOTENCY_CONFLICT"))) throw error;
  }
}

async function store(server: Server, input: StoreEstimateInput) {
  return (await request(server, StoreEstimateDocument, { input })).storeEstimate;
}
