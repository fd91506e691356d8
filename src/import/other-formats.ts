import { isJsonObject, type JsonObject, UnreadableEstimate } from "./read-file.ts";

/** A format with costs that is not an estimate of resources. */
interface OtherFormat {
  readonly name: string;
  readonly isFormatOf: (file: unknown) => boolean;
  /** The reason of the refusal, and what to do. */
  readonly advice: string;
}

const ESTIMATE_COMMANDS =
  "the output of `infracost breakdown --path plan.json --format json` or `infracost scan --json`";

const OTHER_FORMATS: readonly OtherFormat[] = [
  {
    name: "a cost estimate of HCP Terraform (Terraform Cloud)",
    isFormatOf: (file) =>
      isJsonObject(file) && objectsIn(file.data).some(({ type }) => type === "cost-estimates"),
    advice: `It has totals only, and no resources. Download the JSON plan of the run, and give ${ESTIMATE_COMMANDS} for this plan.`,
  },
  {
    name: "an allocation of OpenCost or Kubecost",
    isFormatOf: (file) => isJsonObject(file) && allocationsIn(file.data).some(isAllocation),
    advice: `It states the past costs of workloads, and no estimate of a plan. Give ${ESTIMATE_COMMANDS} for the infrastructure of the cluster.`,
  },
  {
    name: "a Terraform plan",
    isFormatOf: (file) =>
      isJsonObject(file) &&
      (Object.hasOwn(file, "planned_values") || Object.hasOwn(file, "resource_changes")),
    advice: `It has no costs. Give it with --plan, beside ${ESTIMATE_COMMANDS}.`,
  },
];

/**
 * Refuses a file of a known format that is not an estimate, by its name.
 * @throws UnreadableEstimate
 */
export function refuseOtherFormat(file: unknown): void {
  const other = OTHER_FORMATS.find(({ isFormatOf }) => isFormatOf(file));
  if (other !== undefined) throw new UnreadableEstimate(`The file is ${other.name}. ${other.advice}`);
}

/** The value itself, or the items of a list, as far as they are objects. */
function objectsIn(value: unknown): JsonObject[] {
  return (Array.isArray(value) ? value : [value]).filter(isJsonObject);
}

/** Allocations are in a map by name, or in a list of such maps, one for each window of time. */
function allocationsIn(data: unknown): JsonObject[] {
  const sets = isJsonObject(data) && Array.isArray(data.sets) ? data.sets : data;
  return objectsIn(sets).flatMap((set) => {
    const map = isJsonObject(set.allocations) ? set.allocations : set;
    return Object.values(map).filter(isJsonObject);
  });
}

function isAllocation(item: JsonObject): boolean {
  return ["cpuCost", "ramCost", "totalCost"].some((field) => Object.hasOwn(item, field));
}
