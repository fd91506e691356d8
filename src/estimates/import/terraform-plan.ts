import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "./json-fields.ts";
import { regionOfArn, regionOfLocation, regionOfZone } from "./location-region.ts";
import { PlanConfiguration } from "./plan-configuration.ts";
import { type PlannedModule, type TerraformPlan, terraformPlan } from "./plan-shape.ts";
import { ProviderRegions } from "./provider-regions.ts";
import { readJson } from "./read-json.ts";
import { readShape } from "./read-shape.ts";
import { parseAddress } from "./terraform-address.ts";
import { UnreadableEstimate } from "./unreadable-estimate.ts";

const FILE = "The plan";

/** What an importer wants to know of a Terraform plan. */
export interface Plan {
  /** The SHA-256 of the plan's text, in hexadecimal digits. */
  readonly hash: string;
  /** The region of a resource by its address; undefined when the plan does not tell. */
  readonly regionOf: (address: string) => string | undefined;
}

/**
 * Reads the text of `terraform show -json`.
 * @throws UnreadableEstimate when it is something else.
 */
export function readPlan(text: string): Plan {
  const json = readJson(text, FILE);
  if (!isJsonObject(json) || !("planned_values" in json || "resource_changes" in json)) {
    throw new UnreadableEstimate(
      `${FILE} has neither planned_values nor resource_changes. Give the output of \`terraform show -json\`.`,
    );
  }
  const plan = readShape(terraformPlan, json, { name: FILE });
  return { hash: createHash("sha256").update(text, "utf8").digest("hex"), regionOf: regionLookup(plan) };
}

function regionLookup(plan: TerraformPlan): Plan["regionOf"] {
  const resources = attributesByAddress(plan);
  const configuration = new PlanConfiguration(plan);
  const providers = new ProviderRegions(plan.configuration?.provider_config ?? {}, configuration);
  return (address) => {
    const parsed = parseAddress(address);
    const attributes = resources.get(address) ?? resources.get(parsed?.configuration ?? address);
    const own = attributes && regionOfAttributes(attributes);
    if (own !== undefined || parsed === undefined) return own;
    const key = configuration.providerKeyOf(parsed.configuration);
    if (key === undefined && attributes === undefined) return undefined;
    return providers.regionOf(key ?? defaultProvider(parsed.type), parsed.module);
  };
}

/** Where a resource says itself that it is. */
function regionOfAttributes(attributes: JsonObject): string | undefined {
  return (
    regionOfZone(attributes.availability_zone) ??
    regionOfArn(attributes.arn) ??
    regionOfLocation(attributes.location) ??
    regionOfZone(attributes.region) ??
    regionOfZone(attributes.zone)
  );
}

/** Resources by address, and by the address without indexes for an estimate that names them so. */
function attributesByAddress(plan: TerraformPlan): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  const add = (address: string, attributes: JsonObject) => {
    if (!found.has(address)) found.set(address, attributes);
  };
  const all = [...plannedResources(plan.planned_values?.root_module ?? {}), ...changedResources(plan)];
  for (const [address, attributes] of all) add(address, attributes);
  for (const [address, attributes] of all) add(parseAddress(address)?.configuration ?? address, attributes);
  return found;
}

function plannedResources(module: PlannedModule): (readonly [string, JsonObject])[] {
  return [
    ...(module.resources ?? []).map(({ address, values }) => [address, values ?? {}] as const),
    ...(module.child_modules ?? []).flatMap(plannedResources),
  ];
}

function changedResources(plan: TerraformPlan): (readonly [string, JsonObject])[] {
  return (plan.resource_changes ?? []).map(({ address, change }) => [address, change?.after ?? {}] as const);
}

/** A resource belongs to the provider that its type begins with, unless the configuration names another. */
function defaultProvider(type: string): string {
  return type.slice(0, type.includes("_") ? type.indexOf("_") : undefined);
}
