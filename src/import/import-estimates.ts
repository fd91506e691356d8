import type { StoreEstimateInput } from "../estimates/estimate.ts";
import { importInfracostFile, type RegionOf } from "./infracost.ts";
import { importNativeEstimate, isNativeEstimate } from "./native.ts";
import { refuseOtherFormat } from "./other-formats.ts";
import { nameInFile, withoutCheckout } from "./project-name.ts";
import { isJsonObject, readJson, UnreadableEstimate } from "./read-file.ts";
import { GLOBAL_SERVICES, UNKNOWN } from "./service-of-type.ts";
import { type Plan, readPlan } from "./terraform-plan.ts";

export { UnreadableEstimate } from "./read-file.ts";

/** Data that the file does not contain. */
export interface ImportOptions {
  /** The region of every resource of a file without regions (an Infracost file has none); overrides the plan. */
  readonly region?: string;
  /** The output of `terraform show -json`: the source of the regions, and of the plan's hash unless the file has one. */
  readonly plan?: string;
  /** The folder into which the CI system has cloned the repository: it is not a part of a project's name. */
  readonly checkout?: string;
  /** Whether all projects of a file become one job. Default: one job each. */
  readonly merge?: boolean;
}

/**
 * Converts the JSON file of an estimator to inputs of the mutation storeEstimate, one for each job.
 * The format, native or that of a version of Infracost, is detected by the keys.
 * @throws UnreadableEstimate when the file or the plan has another format.
 */
export function importEstimates(text: string, options: ImportOptions = {}): StoreEstimateInput[] {
  const read = readJson(text, "The estimate");
  const file = options.checkout ? withoutCheckout(read, options.checkout) : read;
  const plan = options.plan === undefined ? undefined : readPlan(options.plan);
  refuseOtherFormat(file);
  const jobs = importInfracostFile(file, {
    regionOf: regionLookup(options.region, plan),
    hasPlan: plan !== undefined,
    merge: options.merge ?? false,
  });
  if (jobs !== undefined) return jobs.map((job) => ({ ...job, terraformPlanHash: plan?.hash }));
  if (isJsonObject(file) && isNativeEstimate(file)) {
    const input = importNativeEstimate(file);
    const { project, terraformPlanHash } = input;
    return [{ ...input, project: nameInFile(project), terraformPlanHash: terraformPlanHash ?? plan?.hash }];
  }
  throw new UnreadableEstimate(
    "The estimate has an unknown format: it has neither `projects` or `resources` (Infracost) nor `estimate` or `by_resource` " +
      "(the service's own). Give the output of `infracost breakdown --format json` or `infracost scan --json`, or an estimate with `by_resource`.",
  );
}

function regionLookup(region: string | undefined, plan: Plan | undefined): RegionOf {
  return (address, service) =>
    region ?? (GLOBAL_SERVICES.has(service) ? "global" : (plan?.regionOf(address) ?? UNKNOWN));
}
