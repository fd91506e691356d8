import type { JsonValue } from "../json.ts";

/** What a spreadsheet takes for the beginning of a formula; the last four are the wide forms of the first. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A cell of a CSV file. null is empty. */
export type Cell = string | null;

/** A text of somebody else's: one that would be run as a formula gets an apostrophe in front (OWASP, CSV injection). */
export function textCell(text: string | null): Cell {
  return text !== null && FORMULA.test(text) ? `'${text}` : text;
}

/** A value as JSON. */
export function jsonCell(value: JsonValue): Cell {
  return textCell(JSON.stringify(value));
}
