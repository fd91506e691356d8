import { isJsonObject } from "./json-fields.ts";
import { type ConfiguredModule, expression, type ModuleCall, type TerraformPlan } from "./plan-shape.ts";

interface Module {
  readonly configured: ConfiguredModule;
  /** The address of the module around it; undefined for the root module. */
  readonly parent: string | undefined;
  readonly call: ModuleCall;
}

/** The configuration inside a plan: which provider a resource has, and what an expression is worth. */
export class PlanConfiguration {
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

  /** The value of an expression in a module; undefined when the plan does not tell. */
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

function contentOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
