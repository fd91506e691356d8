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

/** The fields of `terraform show -json` with the regions of resources; unchanged since Terraform 0.12. */
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

/** An expression of the configuration: a constant, or references. */
export const expression = z.object({
  constant_value: z.unknown().optional(),
  references: z.array(z.string()).nullish(),
});

export type TerraformPlan = z.output<typeof terraformPlan>;
export type PlannedModule = z.output<typeof plannedModule>;
export type ConfiguredModule = z.output<typeof configuredModule>;
export type ModuleCall = z.output<typeof moduleCall>;
