import {
  addCounts,
  countAll,
  type InfracostResource,
  typeOf,
  type UnsupportedResources,
} from "./infracost-file.ts";
import { countOf, hasContent, isJsonObject, type JsonObject } from "./read-file.ts";

/**
 * The unsupported resources in a summary of Infracost; files of 2021 and 2022 have only the counts by type. The larger
 * number is used when both disagree, and undefined, which is unknown, when a number cannot be read.
 */
export function unsupportedOf(summary: JsonObject): UnsupportedResources | undefined {
  const byType = countsOf(summary.unsupportedResourceCounts);
  const stated = statedCount(summary.totalUnsupportedResources);
  const counts = [stated, byType && countAll(byType.values())].filter((count) => count !== undefined);
  if (counts.length === 0) return undefined;
  const isReadable = stated !== undefined || !hasUnreadable(summary.unsupportedResourceCounts);
  return isReadable ? { count: Math.max(...counts), byType: byType ?? new Map() } : undefined;
}

/** The field of a summary that states a number that cannot be read. */
export function unreadCounts(summary: JsonObject): string[] {
  if (unsupportedOf(summary) !== undefined) return [];
  return ["totalUnsupportedResources", "unsupportedResourceCounts"].filter((key) => hasContent(summary[key]));
}

function hasUnreadable(counts: unknown): boolean {
  return (
    isJsonObject(counts) &&
    Object.values(counts).some((value) => value !== null && statedCount(value) === undefined)
  );
}

/** A count, also as text. */
function statedCount(value: unknown): number | undefined {
  return countOf(typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value);
}

function countsOf(counts: unknown): Map<string, number> | undefined {
  if (!isJsonObject(counts)) return undefined;
  return new Map(
    Object.entries(counts).flatMap(([type, value]) => {
      const count = statedCount(value);
      return count === undefined || count === 0 ? [] : [[type, count] as const];
    }),
  );
}

/** Whether a type is among the unsupported ones of a summary. */
export function isUnsupportedType(type: string | undefined, summary: JsonObject): boolean {
  if (type === undefined) return false;
  const isIn = (counts: unknown) => countsOf(counts)?.has(type) ?? false;
  return isIn(summary.unsupportedResourceCounts) && !isIn(summary.noPriceResourceCounts);
}

/** The unsupported resources that are not among the resources. */
export function without(
  { count, byType }: UnsupportedResources,
  listed: readonly InfracostResource[],
): UnsupportedResources {
  const twice = listed.filter(({ isUnsupported }) => isUnsupported);
  const counted = new Map(twice.map(({ type, address }) => [typeOf(type, address) ?? "", 0]));
  for (const { type, address } of twice) {
    const name = typeOf(type, address) ?? "";
    counted.set(name, (counted.get(name) ?? 0) - 1);
  }
  const left = [...addCounts([byType, counted])].filter(([, number]) => number > 0);
  return { count: Math.max(0, count - twice.length), byType: new Map(left) };
}
