import * as z from "zod";
import type { RawNumber } from "../../../json.ts";
import type { Decimal } from "../../../money.ts";

/** A JSON number with all the digits of a decimal. */
export function costField(description: string) {
  return z
    .custom<RawNumber>()
    .meta({ type: "number", description: `${description} Written with all its digits.` });
}

/** A cost that may be unknown. */
export function optionalCostField(description: string) {
  return z
    .custom<RawNumber | null>()
    .meta({ type: ["number", "null"], description: `${description} Written with all its digits.` });
}

/** A moment, as RFC 3339 has it. */
export function timeField(description: string) {
  return z.string().meta({ format: "date-time", description });
}

/** Any JSON value. */
export function jsonField(description: string) {
  return z.unknown().meta({ description });
}

/** An amount as a JSON number that keeps its digits. */
export function digits(amount: Decimal): RawNumber {
  return JSON.rawJSON(amount);
}

/** A cost as a JSON number; null stays null: unknown is not zero. */
export function digitsOrNull(amount: Decimal | null): RawNumber | null {
  return amount === null ? null : digits(amount);
}
