/**
 * Amounts are decimals as text, and stay text: a double would lose digits. Intl groups the digits of the text in the
 * language of the browser.
 */

import { isUnknownSum, isZero } from "./decimal.ts";

/** The fraction digits that are always shown, and those that are shown at normal weight. */
const USUAL_DIGITS = 2;

interface AmountProps {
  /** A decimal of the API; null: unknown. */
  readonly value: string | null | undefined;
  readonly currency?: string | undefined;
  /** Shows the sign of positive amounts too. */
  readonly signed?: boolean;
  /** The number of resources of unknown cost, which the amount does not include. */
  readonly unpriced?: number | undefined;
}

/**
 * An exact amount. The digits after the second are smaller, so that a column stays readable. A sum of zero beside unknown
 * costs is unknown: it says nothing about the cost.
 */
export function Amount({ value, currency, signed = false, unpriced = 0 }: AmountProps) {
  if (value === null || value === undefined || isUnknownSum(value, unpriced)) {
    return (
      <span class="amount">
        <span class="unknown">unknown</span>
        {currency !== undefined && <span class="currency"> {currency}</span>}
      </span>
    );
  }
  const text = formatDecimal(value, signed);
  const at = text.lastIndexOf(DECIMAL_SEPARATOR) + 1 + USUAL_DIGITS;
  return (
    <span class="amount">
      {text.slice(0, at)}
      {text.length > at && <span class="fine">{text.slice(at)}</span>}
      {currency !== undefined && <span class="currency"> {currency}</span>}
      {unpriced > 0 && <span class="unknown plus"> + unknown</span>}
    </span>
  );
}

const DECIMAL_SEPARATOR =
  new Intl.NumberFormat().formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** An exact amount as text: all digits, grouped, with at least two fraction digits. */
export function formatDecimal(value: string, signed = false): string {
  const fraction = value.split(".")[1]?.length ?? 0;
  return new Intl.NumberFormat(undefined, {
    minimumFractionDigits: Math.max(fraction, USUAL_DIGITS),
    maximumFractionDigits: Math.max(fraction, USUAL_DIGITS),
    signDisplay: signed ? "exceptZero" : "negative",
    // A string keeps its digits (ECMA-402, Intl.NumberFormat v3). The type of TypeScript allows literals only.
  }).format(value as `${number}`);
}

/** A rounded amount for an axis, for instance "1.2K". Never for an amount that somebody reads. */
export function formatTick(value: number): string {
  // The compact form ends with trillions.
  const notation = Math.abs(value) < 1e15 ? "compact" : "scientific";
  return new Intl.NumberFormat(undefined, { notation, maximumFractionDigits: 1 }).format(value);
}

/** A number of things, grouped. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat().format(count);
}

/** A change in per cent; null: not defined, because the base is zero or unknown. */
export function formatPercentage(percentage: number | null | undefined): string {
  if (percentage === null || percentage === undefined) return "";
  return new Intl.NumberFormat(undefined, {
    style: "percent",
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }).format(percentage / 100);
}

interface DeltaProps {
  /** A decimal of the API; null: unknown. */
  readonly value: string | null | undefined;
  readonly percentage?: number | null | undefined;
  readonly currency?: string | undefined;
}

/** A difference with its direction as a sign, an arrow and a colour. */
export function Delta({ value, percentage, currency }: DeltaProps) {
  if (value === null || value === undefined) return <span class="unknown">unknown</span>;
  const direction = directionOf(value);
  return (
    <span class={`delta ${direction}`}>
      <span aria-hidden="true">{{ up: "▲", down: "▼", same: "" }[direction]} </span>
      {/* Without the digits of a zero. */}
      <Amount value={direction === "same" ? "0" : value} currency={currency} signed />
      {direction !== "same" && percentage !== null && percentage !== undefined && (
        <span class="percentage"> {formatPercentage(percentage)}</span>
      )}
    </span>
  );
}

/** Whether a difference is above, below or equal to zero, by its digits. */
export function directionOf(decimal: string): "up" | "down" | "same" {
  if (isZero(decimal)) return "same";
  return decimal.startsWith("-") ? "down" : "up";
}
