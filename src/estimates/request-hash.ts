import { createHash } from "node:crypto";
import { isRawNumber } from "../json.ts";
import type { NewEstimate } from "./estimate.ts";

/** The fields that hold JSON of the estimator's own, in which null is a value; elsewhere it is "not stated". */
const JSON_FIELDS = new Set(["labels", "costDrivers", "assumptions", "tags"]);

/**
 * SHA-256 over all that a request asks to store, its idempotency key aside. Two requests have the same hash when
 * they ask for the same: the order of object keys does not count, digits of amounts do ("5.1" and "5.10").
 */
export function requestHash({ idempotencyKey: _, ...request }: NewEstimate): Buffer {
  return createHash("sha256").update(JSON.stringify(request, canonical)).digest();
}

function canonical(key: string, value: unknown): unknown {
  if (typeof value === "symbol") return value.description;
  if (value === null) return undefined;
  return JSON_FIELDS.has(key) ? JSON.stringify(value, (_key, item) => sortKeys(item)) : sortKeys(value);
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isRawNumber(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
