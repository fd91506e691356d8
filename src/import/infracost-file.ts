import { stripVTControlCharacters } from "node:util";
import { type Decimal, isZero, isZeroText, sum } from "../lib/money.ts";
import type { CostDriver } from "./cost-category.ts";
import { hasContent, isJsonObject, type JsonObject } from "./read-file.ts";
import { parseAddress } from "./terraform-plan.ts";

/** The content of an Infracost file, whatever its format. */
export interface InfracostFile {
  readonly currency: string | undefined;
  readonly timeGenerated: string | undefined;
  /** The stated total of all projects; null: not stated, or only less exact than the sum of the projects. */
  readonly totalMonthlyCost: Decimal | null;
  readonly projects: readonly InfracostProject[];
  /** The resources of all projects that are not priced and not listed; undefined: not stated. */
  readonly unsupported: UnsupportedResources | undefined;
  /** The errors and warnings that concern every project. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Branch, commit and pull request, in the fields of Infracost. */
  readonly metadata: JsonObject;
  /** The paths of content that is not stored. */
  readonly ignored: readonly string[];
}

export interface InfracostProject {
  /** The name of the stored job; undefined when the file has none. */
  readonly name: string | undefined;
  readonly resources: readonly InfracostResource[];
  readonly totalMonthlyCost: Decimal;
  /** Whether the file states the total, or can be relied on to list every cost. */
  readonly hasTotal: boolean;
  /** Errors make the project incomplete. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly unsupported: UnsupportedResources | undefined;
  readonly metadata: JsonObject;
  readonly ignored: readonly string[];
}

export interface InfracostResource {
  readonly address: string;
  /** The stated type; undefined when only the address has it. */
  readonly type: string | undefined;
  /** null: unknown. */
  readonly totalMonthlyCost: Decimal | null;
  readonly drivers: readonly CostDriver[];
  /** The reason why a known cost is partial. */
  readonly lacks?: "prices" | "usage" | undefined;
  /** Whether Infracost does not support the type. */
  readonly isUnsupported?: boolean;
  readonly tags: JsonObject;
}

/** The number of resources that Infracost does not support, by type as far as the types are stated. */
export interface UnsupportedResources {
  readonly count: number;
  readonly byType: ReadonlyMap<string, number>;
}

/** The type of a resource: the stated one, else that of its address. */
export function typeOf(type: string | undefined, address: string): string | undefined {
  return type ?? /\bAWS::\w+::\w+/.exec(address)?.[0] ?? parseAddress(address)?.type;
}

/** The known costs of a resource. */
export function knownCosts(drivers: readonly CostDriver[]): Decimal[] {
  return drivers.flatMap(({ monthlyCost, priceNotFound }) =>
    monthlyCost === null || (priceNotFound && isZero(monthlyCost)) ? [] : monthlyCost,
  );
}

/** Whether a warning says that the values of variables are missing (code 105 of Infracost). */
export function isAboutMissingVariables(warning: string): boolean {
  return /\bmissing (?:terraform )?var/i.test(warning);
}

/**
 * Whether a price of 0 means that there is no price. Infracost looks up a price with the attributes of the resource. For
 * an attribute from a missing variable it takes a mock value or none, and writes the price 0 when it finds none. The name
 * of the component then contains the value: `Instance usage (on-demand, instance_type-infracost-mock-44956be29f34)`,
 * `Database instance (on-demand, Single-AZ, )`.
 * @param lacksVariables whether the file says that variables are missing for this resource.
 */
export function isPriceMissing(
  { name, price, monthlyCost }: { name: string; price: string | null; monthlyCost: Decimal | null },
  lacksVariables: boolean,
): boolean {
  if (price === null || !isZeroText(price) || (monthlyCost !== null && !isZero(monthlyCost))) return false;
  return lacksVariables || /-mock\b|[(,]\s*[),]/i.test(name);
}

/** The sum of counts by type. */
export function addCounts(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const added = new Map<string, number>();
  for (const [type, count] of counts.flatMap((byType) => [...byType])) {
    added.set(type, (added.get(type) ?? 0) + count);
  }
  return added;
}

/** The sum of counts. */
export function countAll(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** The sum of the known costs of resources. */
export function totalOf(resources: readonly InfracostResource[]): Decimal {
  return sum(resources.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []));
}

/** Infracost writes for a terminal: with colours and line breaks. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, " ").trim();
}

/** The fields of an object of a format. A field that is neither known nor an object with known fields is not stored. */
export interface KnownFields {
  readonly known: ReadonlySet<string>;
  readonly inside?: Readonly<Record<string, KnownFields>>;
}

/** The names of fields, separated by white space. */
export function fieldNames(names: string): ReadonlySet<string> {
  return new Set(names.trim().split(/\s+/));
}

/**
 * The paths of content that no field of the format holds: `projects[].resources[].actualCosts`.
 * @param nameOf the name of a key in the format, where keys have several spellings.
 */
export function ignoredContent(
  value: unknown,
  fields: KnownFields,
  path: string,
  nameOf: (key: string) => string = (key) => key,
): string[] {
  const ignored = new Set<string>();
  const visit = (object: unknown, { known, inside }: KnownFields, prefix: string) => {
    if (!isJsonObject(object)) return;
    for (const [key, content] of Object.entries(object)) {
      const name = nameOf(key);
      const deeper = inside && Object.hasOwn(inside, name) ? inside[name] : undefined;
      if (deeper !== undefined && Array.isArray(content)) {
        // Subresources are nested: the path is that of the first level.
        const step = `${key}[].`;
        for (const item of content) visit(item, deeper, prefix.endsWith(step) ? prefix : prefix + step);
      } else if (deeper !== undefined) visit(content, deeper, `${prefix}${key}.`);
      else if (!known.has(name) && hasContent(content)) ignored.add(prefix + key);
    }
  };
  visit(value, fields, path);
  return [...ignored];
}
