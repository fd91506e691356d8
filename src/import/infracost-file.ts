import { type Decimal, isZero, isZeroText, parseDecimal, sum } from "../lib/money.ts";
import type { CostDriver } from "./cost-category.ts";
import { isDiagnostic } from "./infracost-diagnostics.ts";
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
  /** The reasons why costs of some project are not read: every job is incomplete. */
  readonly unread: readonly string[];
  /** Branch, commit and pull request, in the fields of Infracost. */
  readonly metadata: JsonObject;
  /** The paths of content that is not stored. */
  readonly ignored: readonly string[];
}

/** A project of a file of Infracost. Amounts are per month, in the currency of the file. */
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
  /** The reasons why costs are not read: the project is incomplete. */
  readonly unread: readonly string[];
  readonly unsupported: UnsupportedResources | undefined;
  readonly metadata: JsonObject;
  readonly ignored: readonly string[];
}

/** A resource of a project, with its cost per month in the currency of the file. */
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

/**
 * Whether a price of 0 means that there is no price. Infracost looks up a price with the attributes of the resource. For
 * an attribute from a missing variable it takes a mock value or none, and writes the price 0 when it finds none. The name
 * of the component then contains the value: `Instance usage (on-demand, instance_type-infracost-mock-44956be29f34)`,
 * `Database instance (on-demand, Single-AZ, )`, `Instance usage (on-demand, <nil>)`.
 * @param lacksVariables whether the file says that variables are missing for this resource.
 */
export function isPriceMissing(
  { name, price, monthlyCost }: { name: string; price: string | null; monthlyCost: Decimal | null },
  lacksVariables: boolean,
): boolean {
  if (price === null || !isZeroText(price) || (monthlyCost !== null && !isZero(monthlyCost))) return false;
  return lacksVariables || NAME_WITHOUT_VALUE.test(name);
}

const NAME_WITHOUT_VALUE =
  /-mock\b|<(?:nil|null|no value|unknown)>|[(,]\s*(?:nil|null|unknown|undefined)?\s*[),]/i;

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
 * The paths of content that no field of the format holds: `projects[].resources[].actualCosts`. Errors and warnings are
 * stored, wherever they are.
 * @param nameOf the name of a key in the format, where keys have several spellings.
 * @param isNamed whether the path of the content is of interest.
 */
export function ignoredContent(
  value: unknown,
  fields: KnownFields,
  path: string,
  nameOf: (key: string) => string = (key) => key,
  isNamed: (content: unknown, name: string) => boolean = hasContent,
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
      else if (!known.has(name) && !isDiagnostic(key, content) && isNamed(content, name)) {
        ignored.add(prefix + key);
      }
    }
  };
  visit(value, fields, path);
  return [...ignored];
}

/**
 * The reasons why costs of unknown content are not read: its paths.
 * @param hasResources false: the list of resources is missing, so that any list of objects is perhaps this list.
 */
export function unreadCosts(
  value: unknown,
  { fields, path, nameOf }: { fields: KnownFields; path: string; nameOf?: (key: string) => string },
  hasResources = true,
): string[] {
  const isUnread = (content: unknown) =>
    (typeof content === "object" && holdsCosts(content)) ||
    (!hasResources && Array.isArray(content) && content.some(isJsonObject));
  const isNamed = (content: unknown, name: string) => !OTHER_COSTS.test(name) && isUnread(content);
  return ignoredContent(value, fields, path, nameOf, isNamed).map((found) => `${found} has unknown costs`);
}

/** Costs of the past, and the content of policies and budgets, are not those of the estimate. */
const OTHER_COSTS =
  /^(?:actual|past|prev|diff|budget|saving|carbon|finops|tagging|polic|guardrail|recommend)|(?:results|savings|diff)$/i;

/** Whether a value has the field of a cost or a price, at any depth, that is not 0. */
function holdsCosts(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsCosts);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, content]) => {
    const isAmount = parseDecimal(content) !== undefined && hasContent(content);
    return isAmount ? /cost|price/i.test(key) : !OTHER_COSTS.test(key) && holdsCosts(content);
  });
}
