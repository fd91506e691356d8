import { readdirSync, readFileSync } from "node:fs";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { type ImportOptions, importEstimates } from "../../src/import/import-estimates.ts";

const files = new URL("../estimates/files/", import.meta.url);

/** The names of all Infracost samples. */
export const infracostSamples = readdirSync(new URL("infracost/", files)).filter((name) =>
  name.endsWith(".json"),
);

/** The text of a sample, by its path in test/estimates/files. */
export function sample(path: string): string {
  return readFileSync(new URL(path, files), "utf8");
}

/** The text of an Infracost sample, by the prefix of its name: "ic-27". */
export function infracostSample(beginning: string): string {
  const name = infracostSamples.find((candidate) => candidate.startsWith(beginning));
  if (name === undefined) throw new Error(`There is no sample ${beginning}`);
  return sample(`infracost/${name}`);
}

/** The one job of a file. */
export function importOne(text: string, options?: ImportOptions): StoreEstimateInput {
  const [job, ...others] = importEstimates(text, options);
  if (job === undefined || others.length > 0) throw new Error("The file does not make one job");
  return job;
}

/** The codes of a job's warnings, in order. */
export function warningCodes(job: StoreEstimateInput): string[] {
  return (job.estimate.warnings ?? []).map(({ code }) => code);
}

/** The message of a job's one warning of a code. */
export function warningMessage(job: StoreEstimateInput, code: string): string | undefined {
  return job.estimate.warnings?.find((warning) => warning.code === code)?.message;
}
