import type { FormattedExecutionResult } from "graphql";

/** JSON text as a value of a result. */
export class JsonLeaf {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The texts of whole responses by their data, an empty object as placeholder. */
const preserializedTexts = new WeakMap<object, string>();

/** The result that `stringifyResult` serializes as this text. */
export function preserialized(text: string): FormattedExecutionResult {
  const data = {};
  preserializedTexts.set(data, text);
  return { data };
}

/** The data of results with instances of JsonLeaf. */
const withLeaves = new WeakSet<object>();

/** Marks a result whose data contains instances of JsonLeaf. */
export function markLeaves({ data }: FormattedExecutionResult): void {
  if (data) withLeaves.add(data);
}

/** Serializes a result as JSON, unless it is preserialized. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const { data } = result;
  if (!data) return `${JSON.stringify(result)}\n`;
  return (
    preserializedTexts.get(data) ?? `${withLeaves.has(data) ? stringify(result) : JSON.stringify(result)}\n`
  );
}

/** JSON.stringify, with the texts of leaves. */
function stringify(value: unknown): string {
  if (value instanceof JsonLeaf) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stringify(member)}`).join(",")}}`;
}
