import type { JsonObject } from "../estimates/estimate.ts";
import { isRawNumber, type JsonValue } from "../json.ts";

/** The names under which the three large providers publish FOCUS data, by the prefix of their Terraform types. */
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: "AWS",
  awscc: "AWS",
  azurerm: "Microsoft",
  azuread: "Microsoft",
  azapi: "Microsoft",
  google: "Google Cloud",
};

/** What stands in the place of a region that a resource does not have. */
const NO_REGION = new Set(["global", "unknown"]);

/** Who provides a resource, going by its Terraform type; null when the type does not tell. */
export function providerOf(resourceType: string): string | null {
  const [prefix = ""] = resourceType.split("_");
  return Object.hasOwn(PROVIDERS, prefix) ? (PROVIDERS[prefix] ?? null) : null;
}

/** The region, when the resource has one. */
export function regionIdOf(region: string): string | null {
  return NO_REGION.has(region) ? null : region;
}

/** Tags as FOCUS has them: a value is no list and no object, so those become their JSON text. */
export function focusTags(tags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, flat(value)]));
}

function flat(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null && !isRawNumber(value) ? JSON.stringify(value) : value;
}
