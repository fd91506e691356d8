import type { EstimateInput, EstimateWarningInput, StoreEstimateInput } from "../estimates/estimate.ts";
import {
  bareEstimate,
  estimateContext,
  fieldName,
  KNOWN_FIELDS,
  type NativeEstimate,
  spelledLike,
  wrappedEstimate,
} from "./native-shape.ts";
import { isJsonObject, type JsonObject, listNames, readShape } from "./read-file.ts";

const IDENTIFYING_FIELDS: ReadonlySet<string> = new Set(["estimate", "byResource", "totalMonthlyCost"]);

/** Whether the keys of a file are those of a native estimate. */
export function isNativeEstimate(file: JsonObject): boolean {
  return Object.keys(file).some((key) => IDENTIFYING_FIELDS.has(fieldName(key)));
}

/**
 * Converts a native estimate to the input of the mutation storeEstimate. Values are not changed: the server validates
 * them.
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

/** A job has one profile; a different profile of a resource is kept in a warning. */
function profileWarnings({ profile, byResource }: NativeEstimate): EstimateWarningInput[] {
  const others = byResource.flatMap(({ resourceId, usageProfile }) =>
    usageProfile === undefined || usageProfile.toUpperCase() === profile
      ? []
      : [`${resourceId} (${usageProfile})`],
  );
  if (others.length === 0) return [];
  const stated = profile?.toLowerCase() ?? "none";
  const message = `The usage profile of these resources differs from that of the estimate (${stated}): ${listNames(others)}`;
  return [{ code: "USAGE_PROFILE_DIFFERS", message }];
}

/** A misspelled field would be lost without a warning, and a stored job cannot be corrected. */
function ignoredFieldWarnings(file: JsonObject): EstimateWarningInput[] {
  const ignored = [...new Set(ignoredFields(file))];
  if (ignored.length === 0) return [];
  return [
    {
      code: "FIELDS_IGNORED",
      message: `These fields are unknown and not stored: ${listNames(ignored)}`,
    },
  ];
}

function ignoredFields(file: JsonObject): string[] {
  const { context, estimate } = KNOWN_FIELDS;
  const wrapped = file.estimate;
  return isJsonObject(wrapped)
    ? [
        ...unknownIn(file, "", new Set([...context, "estimate"])),
        ...ignoredInEstimate(wrapped, "estimate.", estimate),
      ]
    : ignoredInEstimate(file, "", new Set([...context, ...estimate]));
}

function ignoredInEstimate(estimate: JsonObject, path: string, known: ReadonlySet<string>): string[] {
  const resourcesKey = Object.keys(estimate).find((key) => fieldName(key) === "byResource") ?? "";
  const resources = estimate[resourcesKey];
  return [
    ...unknownIn(estimate, path, known),
    ...(Array.isArray(resources) ? resources : []).flatMap((resource) =>
      isJsonObject(resource) ? unknownIn(resource, `${path}${resourcesKey}[].`, KNOWN_FIELDS.resource) : [],
    ),
  ];
}

function unknownIn(object: JsonObject, path: string, known: ReadonlySet<string>): string[] {
  return Object.keys(object).flatMap((key) => (known.has(fieldName(key)) ? [] : `${path}${key}`));
}
