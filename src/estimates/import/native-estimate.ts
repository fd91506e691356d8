import type { EstimateInput, EstimateWarningInput, StoreEstimateInput } from "../../client/generated.ts";
import { ignoredFieldWarnings } from "./ignored-fields.ts";
import type { JsonObject } from "./json-fields.ts";
import { listNames } from "./list-names.ts";
import { bareEstimate, estimateContext, type NativeEstimate, wrappedEstimate } from "./native-shape.ts";
import { fieldName, spelledLike } from "./native-spelling.ts";
import { readShape } from "./read-shape.ts";

const TELLING_FIELDS: ReadonlySet<string> = new Set(["estimate", "byResource", "totalMonthlyCost"]);

/** Whether a file is the service's own estimate, going by its keys. */
export function isNativeEstimate(file: JsonObject): boolean {
  return Object.keys(file).some((key) => TELLING_FIELDS.has(fieldName(key)));
}

/**
 * The service's own estimate as the input of the mutation. Values are passed on as they are written: whether
 * they are allowed is the server's to say.
 */
export function importNativeEstimate(file: JsonObject): StoreEstimateInput {
  const readFile = { name: "The estimate", spell: spelledLike(file) };
  const estimate = Object.hasOwn(file, "estimate")
    ? readShape(wrappedEstimate, file, readFile).estimate
    : readShape(bareEstimate, file, readFile);
  const input = estimateInput(estimate);
  return {
    ...readShape(estimateContext, file, readFile),
    estimate: { ...input, warnings: [...(input.warnings ?? []), ...ignoredFieldWarnings(file)] },
  };
}

function estimateInput(estimate: NativeEstimate): EstimateInput {
  return {
    ...estimate,
    byResource: estimate.byResource.map(({ usageProfile: _, ...resource }) => resource),
    warnings: [...(estimate.warnings ?? []), ...profileWarnings(estimate)],
  };
}

/** A job has one profile, so a resource's own is kept only in a warning. */
function profileWarnings({ profile, byResource }: NativeEstimate): EstimateWarningInput[] {
  const others = byResource.flatMap(({ resourceId, usageProfile }) =>
    usageProfile === undefined || usageProfile.toUpperCase() === profile
      ? []
      : [`${resourceId} (${usageProfile})`],
  );
  if (others.length === 0) return [];
  const stated = profile === undefined ? "which states none" : profile.toLowerCase();
  const message = `These resources have another usage profile than the estimate (${stated}): ${listNames(others)}`;
  return [{ code: "USAGE_PROFILE_DIFFERS", message }];
}
