import * as z from "zod";
import { isRawNumber } from "../../json.ts";
import { DECIMAL_RULE, type Decimal, parseDecimal } from "../../money.ts";

/** A JSON object, whatever it holds. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: no list, and no number that kept its digits. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** An object that is passed on as it is. */
export const jsonObject = z.custom<Record<string, unknown>>(isJsonObject, "must be an object");

/** Text that may be left out; null is left out too. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

/** Text that may be left out; null and "" are left out too. */
export const filledText = z
  .string()
  .nullish()
  .transform((text) => text || undefined);

/** An amount as it was written, not checked any further; null and left out stay apart. */
export const amountText = z
  .unknown()
  .optional()
  .transform((value, context): string | null | undefined => {
    if (value === null || value === undefined || typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    if (isRawNumber(value)) return value.rawJSON;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

/** An amount that is counted with; null when it is unknown, which is never zero. */
export const knownAmount = z
  .unknown()
  .optional()
  .transform((value, context): Decimal | null => {
    if (value === null || value === undefined) return null;
    const amount = parseDecimal(value);
    if (amount !== undefined) return amount;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

/** A number that may be left out and that a double may hold: a score, a count. */
export const plainNumber = z
  .unknown()
  .optional()
  .transform((value, context): number | undefined => {
    if (value === null || value === undefined) return undefined;
    const number = isRawNumber(value) ? Number(value.rawJSON) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    context.addIssue("must be a number");
    return z.NEVER;
  });
