/** A Terraform address, taken apart: `module.db[0].aws_db_instance.this["a.b"]`. */
export interface TerraformAddress {
  /** The modules around the resource without their indexes: `module.db`; "" for the root module. */
  readonly module: string;
  /** The resource's type: `aws_db_instance`. */
  readonly type: string;
  /** The whole address without indexes, as the configuration has it: `module.db.aws_db_instance.this`. */
  readonly configuration: string;
}

/** A dot-free step, with the indexes behind it: a quoted index may hold dots, brackets and escaped quotes. */
const STEP = /([^.[\]"]+)(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])*(?:\.|$)/y;

/** Takes an address apart; undefined when it is none. */
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
