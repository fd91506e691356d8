import { regionOfZone } from "./location-region.ts";
import type { PlanConfiguration } from "./plan-configuration.ts";
import type { TerraformPlan } from "./plan-shape.ts";

type ProviderConfigs = NonNullable<NonNullable<TerraformPlan["configuration"]>["provider_config"]>;

/** The regions that a plan's providers are configured for. */
export class ProviderRegions {
  readonly #configs: ProviderConfigs;
  readonly #configuration: PlanConfiguration;

  constructor(configs: ProviderConfigs, configuration: PlanConfiguration) {
    this.#configs = configs;
    this.#configuration = configuration;
  }

  /**
   * The region of a provider as a module sees it. A module without an own configuration of it inherits the one
   * of the modules around it, by name: a plan of Terraform before 1.1 does not say what `providers = {...}` passed.
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

/** The keys under which a provider may be configured, from a module outwards, each with its module. */
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
