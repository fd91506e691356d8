import * as z from "zod";
import type { RawNumber } from "../../lib/json.ts";
import type { Decimal } from "../../lib/money.ts";

/** A JSON number with all the digits of a decimal. */
export function costField(description: string) {
  return z
    .custom<RawNumber>()
    .meta({ type: "number", description: `${description} The number has all its digits.` });
}

/** A cost that may be unknown. */
export function optionalCostField(description: string) {
  return z
    .custom<RawNumber | null>()
    .meta({ type: ["number", "null"], description: `${description} The number has all its digits.` });
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

/** A warning about a job, a comparison or a portfolio. */
export const Warning = z.object({
  code: z.string().meta({ description: "The code of the warning, for programs: UPPER_SNAKE_CASE." }),
  message: z.string().meta({ description: "A sentence for people." }),
});

/** A number of per cent. */
export function percentField(description: string) {
  return z.number().nullable().meta({ description });
}

/** A number of things. */
export function countField(description: string) {
  return z.int().meta({ description });
}
