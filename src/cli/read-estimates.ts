import type { StoreEstimateInput } from "../client/generated.ts";
import {
  type ImportOptions,
  importEstimates,
  UnreadableEstimate,
} from "../estimates/import/import-estimates.ts";
import { readText } from "./read-text.ts";
import { UsageError } from "./usage-error.ts";

/** How the files are to be read; the plan is the name of a file, too. */
export interface ReadOptions extends Omit<ImportOptions, "plan"> {
  readonly plan?: string;
}

/**
 * Reads every file ("-": standard input) before anything is sent.
 * @throws UsageError when one cannot be read, UnreadableEstimate when one holds no estimate.
 */
export async function readEstimates(
  files: readonly string[],
  { region, plan, merge = false }: ReadOptions,
): Promise<StoreEstimateInput[]> {
  if ([...files, plan].filter((file) => file === "-").length > 1)
    throw new UsageError("Standard input (-) can be given once.");
  const planText = plan === undefined ? {} : { plan: await readText(plan) };
  const read = await Promise.all(files.map(async (file) => ({ file, content: await readText(file) })));
  const options = { merge, ...(region !== undefined && { region }), ...planText };
  return read.flatMap(({ file, content }) => importFile(file, content, options));
}

function importFile(file: string, content: string, options: ImportOptions): StoreEstimateInput[] {
  try {
    return importEstimates(content, options);
  } catch (error) {
    if (error instanceof UnreadableEstimate) throw new UnreadableEstimate(`${file}: ${error.message}`);
    throw error;
  }
}
