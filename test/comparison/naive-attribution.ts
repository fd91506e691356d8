import { Big } from "big.js";

/** The parts of a delta. */
export const PARTS = "price quantity added removed newlyPriced becameUnpriced other";

/** The fields of a comparison with the reasons of its delta, of each resource and of each component. */
export const REASONS = `delta attribution { ${PARTS} }
  summary { unattributed }
  resources(first: 1000) { nodes {
    resourceId change delta attribution { ${PARTS} }
    base { totalMonthlyCost costDrivers } target { totalMonthlyCost costDrivers }
    components(first: 1000) {
      name unit change basePrice targetPrice baseQuantity targetQuantity baseMonthlyCost targetMonthlyCost delta
      attribution { ${PARTS} }
    }
  } }`;

/** The answer to REASONS. */
export interface Reasons {
  readonly delta: string;
  readonly attribution: Attribution<string>;
  readonly summary: { readonly unattributed: string };
  readonly resources: { readonly nodes: readonly ResourceReasons[] };
}

interface ResourceReasons {
  readonly resourceId: string;
  readonly change: string;
  readonly delta: string | null;
  readonly attribution: Attribution<string>;
  readonly base: Resource | null;
  readonly target: Resource | null;
  readonly components: readonly (Record<string, unknown> & {
    readonly name: string;
    readonly change: string;
    readonly delta: string;
    readonly attribution: Attribution<string>;
  })[];
}

interface Resource {
  readonly totalMonthlyCost: string | null;
  readonly costDrivers: unknown;
}

type Part = "price" | "quantity" | "added" | "removed" | "newlyPriced" | "becameUnpriced" | "other";
type Attribution<Amount> = Record<Part, Amount>;

const NAMES = PARTS.split(" ") as Part[];

/** The parts as numbers in plain notation without trailing zeros. */
export function amountsOf(parts: Attribution<string | Big>): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, new Big(parts[name]).toFixed()]));
}

/** The sum of the seven parts. */
export function totalOf(parts: Attribution<string | Big>): string {
  return NAMES.reduce((sum, name) => sum.plus(parts[name]), new Big(0)).toFixed();
}

function nothing(): Attribution<Big> {
  return {
    price: new Big(0),
    quantity: new Big(0),
    added: new Big(0),
    removed: new Big(0),
    newlyPriced: new Big(0),
    becameUnpriced: new Big(0),
    other: new Big(0),
  };
}

interface Component {
  readonly name: string;
  readonly nth: number;
  readonly unit: string | null;
  readonly cost: Big | null;
  readonly price: Big | null;
  readonly quantity: Big | null;
}

/** A component of a resource in both jobs, recounted. */
export interface RecountedComponent {
  readonly name: string;
  readonly nth: number;
  readonly unit: string | null;
  readonly change: string;
  readonly base: Component | undefined;
  readonly target: Component | undefined;
  readonly delta: Big;
  readonly parts: Attribution<Big>;
}

/** The components of a resource, largest absolute delta first. */
export function recountComponents(base: Resource | null, target: Resource | null): RecountedComponent[] {
  const [before, after] = [componentsOf(base), componentsOf(target)];
  const keyOf = ({ name, nth }: Component) => JSON.stringify([name, nth]);
  const keys = new Set([...before, ...after].map(keyOf));
  return [...keys]
    .map((key) =>
      recountComponent(
        before.find((component) => keyOf(component) === key),
        after.find((component) => keyOf(component) === key),
      ),
    )
    .sort(
      (a, b) =>
        b.delta.abs().cmp(a.delta.abs()) ||
        Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) ||
        a.nth - b.nth,
    );
}

function recountComponent(base: Component | undefined, target: Component | undefined): RecountedComponent {
  const known = target ?? base;
  if (known === undefined) throw new Error("There is no component");
  const [before, after] = [base?.cost ?? null, target?.cost ?? null];
  const delta = (after ?? new Big(0)).minus(before ?? 0);
  const parts = nothing();
  const done = (change: string) => {
    const unit = target?.unit ?? base?.unit ?? null;
    return { name: known.name, nth: known.nth, unit, change, base, target, delta, parts };
  };
  if (base === undefined) {
    parts.added = delta;
    return done("ADDED");
  }
  if (target === undefined) {
    parts.removed = delta;
    return done("REMOVED");
  }
  if (before === null || after === null) {
    if (before === after) return done("UNCHANGED");
    parts[before === null ? "newlyPriced" : "becameUnpriced"] = delta;
    return done(before === null ? "NEWLY_PRICED" : "BECAME_UNPRICED");
  }
  parts.other = delta;
  if (base.price && base.quantity && target.price && target.quantity && base.unit === target.unit) {
    const half = (amount: Big) => amount.times("0.5").round(30, 1);
    const price = half(target.price.minus(base.price).times(base.quantity.plus(target.quantity)));
    const quantity = half(target.quantity.minus(base.quantity).times(base.price.plus(target.price)));
    if (price.abs().lt("1e20") && quantity.abs().lt("1e20")) {
      parts.price = price;
      parts.quantity = quantity;
      parts.other = delta.minus(price).minus(quantity);
    }
  }
  return done(before.eq(after) ? "UNCHANGED" : "CHANGED");
}

/** The parts of the delta of a resource in both, one or no job. */
export function recountResource(base: Resource | null, target: Resource | null): Attribution<Big> {
  const cost = (resource: Resource | null) =>
    resource?.totalMonthlyCost == null ? null : new Big(resource.totalMonthlyCost);
  const [before, after] = [cost(base), cost(target)];
  const delta = (after ?? new Big(0)).minus(before ?? 0);
  const parts = nothing();
  if (base === null) parts.added = delta;
  else if (target === null) parts.removed = delta;
  else if (before === null && after === null) return parts;
  else if (before === null) parts.newlyPriced = delta;
  else if (after === null) parts.becameUnpriced = delta;
  else {
    const components = recountComponents(base, target);
    for (const name of NAMES) {
      parts[name] = components.reduce((sum, component) => sum.plus(component.parts[name]), new Big(0));
    }
    const explained = components.reduce((sum, component) => sum.plus(component.delta), new Big(0));
    parts.other = parts.other.plus(delta).minus(explained);
  }
  return parts;
}

/** The parts of the delta of two jobs. */
export function recountComparison({ resources, summary }: Reasons): Attribution<Big> {
  const parts = nothing();
  for (const { base, target } of resources.nodes) {
    const ofResource = recountResource(base, target);
    for (const name of NAMES) parts[name] = parts[name].plus(ofResource[name]);
  }
  parts.other = parts.other.plus(summary.unattributed);
  return parts;
}

function componentsOf(resource: Resource | null): Component[] {
  const drivers = Array.isArray(resource?.costDrivers) ? resource.costDrivers : [];
  const counts = new Map<string, number>();
  return drivers.flatMap((driver: unknown) => {
    if (typeof driver !== "object" || driver === null || Array.isArray(driver)) return [];
    const facts = driver as Record<string, unknown>;
    const name = [facts.name, facts.component].find((text) => typeof text === "string");
    if (typeof name !== "string") return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const first = (...keys: string[]) => keys.map((key) => facts[key]).find((value) => value != null);
    const cost = decimalOf(first("monthlyCost", "monthly_cost", "cost"));
    const price = decimalOf(first("price", "unitPrice", "unit_price"));
    const known = (amount: Big | null) => (facts.priceNotFound === true && amount?.eq(0) ? null : amount);
    return {
      name,
      nth,
      unit: typeof facts.unit === "string" ? facts.unit : null,
      cost: known(cost),
      price: known(price),
      quantity: decimalOf(first("monthlyQuantity", "monthly_quantity", "quantity")),
    };
  });
}

/** The number in a JSON value if a Decimal can hold it. */
function decimalOf(value: unknown): Big | null {
  const text = typeof value === "number" ? new Big(value).toFixed() : value;
  if (typeof text !== "string" || text.length > 128) return null;
  const [, integer, , fraction = "", , exponent = "0"] =
    /^-?(0|[1-9]\d*)(\.(\d+))?([eE]([+-]?\d{1,4}))?$/.exec(text) ?? [];
  if (integer === undefined) return null;
  const number = new Big(text);
  return number.abs().lt("1e20") && fraction.length - Number(exponent) <= 30 ? number : null;
}
