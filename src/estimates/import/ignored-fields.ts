import type { EstimateWarningInput } from "../../client/generated.ts";
import { isJsonObject, type JsonObject } from "./json-fields.ts";
import { listNames } from "./list-names.ts";
import { KNOWN_FIELDS } from "./native-shape.ts";
import { fieldName } from "./native-spelling.ts";

/** A misspelt field would else be lost without a word: what is stored can never be mended. */
export function ignoredFieldWarnings(file: JsonObject): EstimateWarningInput[] {
  const ignored = [...new Set(ignoredFields(file))];
  if (ignored.length === 0) return [];
  return [
    {
      code: "FIELDS_IGNORED",
      message: `These fields are not known, and are not stored: ${listNames(ignored)}`,
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
