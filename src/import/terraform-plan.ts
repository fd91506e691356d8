import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject, readJson, readShape, UnreadableEstimate } from "./read-file.ts";
import {
  type ConfiguredModule,
  expression,
  type ModuleCall,
  type PlannedModule,
  type TerraformPlan,
  terraformPlan,
} from "./terraform-plan-shape.ts";

const FILE = "The plan";

export interface Plan {
  /** The SHA-256 of the plan's text, in hexadecimal digits. */
  readonly hash: string;
  /** The region of a resource by its address; undefined when the plan has none. */
  readonly regionOf: (address: string) => string | undefined;
}

/**
 * Reads the output of `terraform show -json`.
 * @throws UnreadableEstimate when the text has another format.
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

/** Resources by address, and by the address without indexes: some estimates have no indexes. */
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

/** Terraform's default: the provider is the first word of the type. */
function defaultProvider(type: string): string {
  return type.slice(0, type.includes("_") ? type.indexOf("_") : undefined);
}

/** The configuration in a plan: the providers of resources and the values of expressions. */
class PlanConfiguration {
  readonly #variables: TerraformPlan["variables"];
  readonly #modules = new Map<string, Module>();
  readonly #providerKeys = new Map<string, string>();

  constructor(plan: TerraformPlan) {
    this.#variables = plan.variables;
    const root = plan.configuration?.root_module;
    if (root) this.#add("", { configured: root, parent: undefined, call: {} });
  }

  /** The key of a resource's provider configuration, by the resource's address without indexes. */
  providerKeyOf(address: string): string | undefined {
    return this.#providerKeys.get(address);
  }

  /** The value of an expression in a module; undefined when the plan does not contain it. */
  valueOf(written: unknown, module: string): unknown {
    const parsed = expression.safeParse(written);
    if (!parsed.success) return undefined;
    if (parsed.data.constant_value !== undefined) return parsed.data.constant_value;
    const variable = parsed.data.references?.find((reference) => reference.startsWith("var."));
    if (variable === undefined) return undefined;
    const [, name = "", ...path] = variable.split(".");
    return path.reduce(contentOf, this.#variable(name, module));
  }

  #variable(name: string, address: string): unknown {
    const module = this.#modules.get(address);
    const passed =
      module?.parent === undefined
        ? contentOf(this.#variables, name)
        : this.valueOf(contentOf(module.call.expressions, name), module.parent);
    const value = module?.parent === undefined ? contentOf(passed, "value") : passed;
    return value ?? contentOf(contentOf(module?.configured.variables, name), "default");
  }

  #add(address: string, module: Module): void {
    this.#modules.set(address, module);
    const prefix = address === "" ? "" : `${address}.`;
    for (const resource of module.configured.resources ?? []) {
      if (resource.provider_config_key) {
        this.#providerKeys.set(prefix + resource.address, resource.provider_config_key);
      }
    }
    for (const [name, call] of Object.entries(module.configured.module_calls ?? {})) {
      if (call.module) {
        this.#add(`${prefix}module.${name}`, { configured: call.module, parent: address, call });
      }
    }
  }
}

interface Module {
  readonly configured: ConfiguredModule;
  /** The address of the calling module; undefined for the root module. */
  readonly parent: string | undefined;
  readonly call: ModuleCall;
}

function contentOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

type ProviderConfigs = NonNullable<NonNullable<TerraformPlan["configuration"]>["provider_config"]>;

/** The configured regions of the providers. */
class ProviderRegions {
  readonly #configs: ProviderConfigs;
  readonly #configuration: PlanConfiguration;

  constructor(configs: ProviderConfigs, configuration: PlanConfiguration) {
    this.#configs = configs;
    this.#configuration = configuration;
  }

  /**
   * The region of a provider in a module. A module without a configuration of its own inherits that of the calling
   * modules, by name: a plan of Terraform before 1.1 does not contain `providers = {...}`.
   * @param key the resource's `provider_config_key`: `aws`, `aws.west`, `module.db:aws`, or `db:aws` (before 1.1).
   */
  regionOf(key: string, module: string): string | undefined {
    const name = key.slice(key.lastIndexOf(":") + 1);
    for (const [configKey, scope] of [[key, moduleOf(key)] as const, ...scopes(module, name)]) {
      const expressions = this.#configs[configKey]?.expressions;
      const written = expressions?.region ?? expressions?.zone;
      if (written !== undefined) return regionOfZone(this.#configuration.valueOf(written, scope));
    }
    return undefined;
  }
}

/** The possible keys of a provider's configuration with their modules, from the inner to the root module. */
function scopes(module: string, name: string): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  let scope = module;
  while (scope !== "") {
    found.push([`${scope}:${name}`, scope]);
    scope = scope.slice(0, Math.max(0, scope.lastIndexOf(".module.")));
  }
  return [...found, [name, ""]];
}

function moduleOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf(":")));
}

/** The region in the attributes of a resource, from the most to the least specific attribute. */
function regionOfAttributes(attributes: JsonObject): string | undefined {
  return (
    regionOfZone(attributes.availability_zone) ??
    regionOfArn(attributes.arn) ??
    regionOfLocation(attributes.location) ??
    regionOfZone(attributes.region) ??
    regionOfZone(attributes.zone)
  );
}

/** `us-east-1`, also as the prefix of a zone: `us-east-1b`, `us-west-2-lax-1a`. */
const AWS = /^[a-z]{2,}(?:-[a-z]+)+-\d+/;

/** `europe-west1`, or its zone `europe-west1-b`. */
const GOOGLE = /^([a-z]+-[a-z]+\d+)(?:-[a-z])?$/;

/** `westeurope`, or a multi-region of Google Cloud: `eu`, `nam4`. */
const LOCATION = /^[a-z][a-z0-9-]*$/;

const ARN = /^arn:[^:]*:[^:]*:([^:]+):/;

/** The region of a region name, a zone name, or the URL of either at Google Cloud. */
function regionOfZone(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const last = name.slice(name.lastIndexOf("/") + 1);
  return AWS.exec(last)?.[0] ?? GOOGLE.exec(last)?.[1];
}

/** The region in an ARN; undefined for a global resource such as a role. */
function regionOfArn(arn: unknown): string | undefined {
  return typeof arn === "string" ? regionOfZone(ARN.exec(arn)?.[1]) : undefined;
}

/** The region in the attribute `location`; Azure writes "West Europe" or "westeurope". */
function regionOfLocation(location: unknown): string | undefined {
  if (typeof location !== "string") return undefined;
  const name = location.toLowerCase().replaceAll(" ", "");
  return regionOfZone(name) ?? LOCATION.exec(name)?.[0];
}

/** A parsed Terraform address: `module.db[0].aws_db_instance.this["a.b"]`. */
interface TerraformAddress {
  /** The modules without indexes: `module.db`; "" for the root module. */
  readonly module: string;
  /** The resource's type: `aws_db_instance`. */
  readonly type: string;
  /** The address without indexes, as in the configuration: `module.db.aws_db_instance.this`. */
  readonly configuration: string;
}

/** Parses an address; undefined when the syntax is invalid. */
export function parseAddress(address: string): TerraformAddress | undefined {
  const steps = stepsOf(address);
  if (steps === undefined) return undefined;
  let at = 0;
  while (steps[at] === "module") at += 2;
  const module = steps.slice(0, at).join(".");
  const resource = steps.slice(steps[at] === "data" ? at + 1 : at);
  const [type] = resource;
  if (resource.length !== 2 || type === undefined) return undefined;
  return { module, type, configuration: steps.join(".") };
}

/** A step with its indexes: a quoted index may contain dots, brackets and escaped quotes. */
const STEP = /([^.[\]"]+)(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])*(?:\.|$)/y;

function stepsOf(address: string): string[] | undefined {
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < address.length) {
    const step = STEP.exec(address)?.[1];
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}
