import type { StoreEstimateInput } from "../client/generated.ts";
import { importInfracostFile, infracostContent, type RegionOf } from "./infracost.ts";
import { importNativeEstimate, isNativeEstimate } from "./native.ts";
import { isJsonObject, readJson, UnreadableEstimate } from "./read-file.ts";
import { GLOBAL_SERVICES, UNKNOWN } from "./service-of-type.ts";
import { type Plan, readPlan } from "./terraform-plan.ts";

export { UnreadableEstimate } from "./read-file.ts";

/** What the caller knows beyond the file. */
export interface ImportOptions {
  /** The region of every resource of a file that names no regions (Infracost's do not); wins over the plan. */
  readonly region?: string;
  /** The text of `terraform show -json`: gives the regions, and the plan's hash unless the file states one. */
  readonly plan?: string;
  /** Whether the projects of a file become one job; else each becomes a job of its own. */
  readonly merge?: boolean;
}

/**
 * Turns the text of an estimator's JSON file into the inputs of the mutation, one for each job to store.
 * Takes the service's own estimates and Infracost's, told apart by their keys.
 * @throws UnreadableEstimate when the file, or the plan, is something else.
 */
export function importEstimates(text: string, options: ImportOptions = {}): StoreEstimateInput[] {
  const file = readJson(text, "The estimate");
  const plan = options.plan === undefined ? undefined : readPlan(options.plan);
  const infracost = infracostContent(file);
  if (infracost !== undefined) {
    const context = {
      regionOf: regionLookup(options.region, plan),
      hasPlan: plan !== undefined,
      merge: options.merge ?? false,
    };
    return importInfracostFile(infracost, context).map((input) => ({
      ...input,
      terraformPlanHash: plan?.hash,
    }));
  }
  if (isJsonObject(file) && isNativeEstimate(file)) {
    const input = importNativeEstimate(file);
    return [{ ...input, terraformPlanHash: input.terraformPlanHash ?? plan?.hash }];
  }
  throw new UnreadableEstimate(
    "The estimate is of an unknown shape: it has neither `projects` or `resources` (Infracost) nor `estimate` or `by_resource` " +
      "(the service's own). Give the output of `infracost breakdown --format json`, or an estimate with `by_resource`.",
  );
}

function regionLookup(region: string | undefined, plan: Plan | undefined): RegionOf {
  return (address, service) =>
    region ?? (GLOBAL_SERVICES.has(service) ? "global" : (plan?.regionOf(address) ?? UNKNOWN));
}
