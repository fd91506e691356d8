import { Big } from "big.js";
import type { Cell } from "./cells.ts";

/** A double in plain notation, never 1e-7; null is empty. */
export function plainNumber(value: number | null): Cell {
  return value === null ? null : new Big(value).toFixed();
}
