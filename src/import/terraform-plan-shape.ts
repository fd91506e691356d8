import * as z from "zod";
import { jsonObject } from "./read-file.ts";

const plannedResource = z.object({ address: z.string(), values: jsonObject.nullish() });

const plannedModule = z.object({
  resources: z.array(plannedResource).nullish(),
  get child_modules(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof plannedModule>>> {
    return z.array(plannedModule).nullish();
  },
});

const configuredModule = z.object({
  resources: z.array(z.object({ address: z.string(), provider_config_key: z.string().nullish() })).nullish(),
  variables: z.record(z.string(), z.object({ default: z.unknown().optional() })).nullish(),
  get module_calls(): z.ZodOptional<z.ZodNullable<z.ZodRecord<z.ZodString, typeof moduleCall>>> {
    return z.record(z.string(), moduleCall).nullish();
  },
});

const moduleCall = z.object({
  expressions: jsonObject.nullish(),
  get module(): z.ZodOptional<z.ZodNullable<typeof configuredModule>> {
    return configuredModule.nullish();
  },
});

/** The part of `terraform show -json` that tells where resources are; the same since Terraform 0.12. */
export const terraformPlan = z.object({
  variables: z.record(z.string(), z.object({ value: z.unknown().optional() })).nullish(),
  planned_values: z.object({ root_module: plannedModule.nullish() }).nullish(),
  resource_changes: z
    .array(z.object({ address: z.string(), change: z.object({ after: jsonObject.nullish() }).nullish() }))
    .nullish(),
  configuration: z
    .object({
      provider_config: z.record(z.string(), z.object({ expressions: jsonObject.nullish() })).nullish(),
      root_module: configuredModule.nullish(),
    })
    .nullish(),
});

/** An expression of the configuration: either its value is written there, or what it refers to. */
export const expression = z.object({
  constant_value: z.unknown().optional(),
  references: z.array(z.string()).nullish(),
});

/** A Terraform plan, read. */
export type TerraformPlan = z.output<typeof terraformPlan>;
/** A module with the resources that are planned in it. */
export type PlannedModule = z.output<typeof plannedModule>;
/** A module as it is written in the configuration. */
export type ConfiguredModule = z.output<typeof configuredModule>;
/** The call of a module, with what is passed to it. */
export type ModuleCall = z.output<typeof moduleCall>;
