import type { FormattedExecutionResult } from "graphql";

/** The texts of answers whose data is an empty object that stands for them. */
const texts = new WeakMap<object, string>();

/** The result that `writeResult` writes as this text. */
export function alreadyWritten(text: string): FormattedExecutionResult {
  const data = {};
  texts.set(data, text);
  return { data };
}

/** Writes a result as JSON, unless it is written already. */
export function writeResult(result: FormattedExecutionResult): string {
  return texts.get(result.data ?? {}) ?? `${JSON.stringify(result)}\n`;
}
