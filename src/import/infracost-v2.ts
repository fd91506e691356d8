import * as z from "zod";
import type { Spelling } from "../lib/errors.ts";
import { addsUpInDoubles, DECIMAL_RULE, type Decimal, isZero, parseDouble, sum } from "../lib/money.ts";
import { snakeCase } from "../lib/text.ts";
import { type CostComponent, costDrivers, type PricedPart } from "./cost-category.ts";
import {
  type InfracostFile,
  type InfracostProject,
  type InfracostResource,
  ignoredContent,
  isAboutMissingVariables,
  isPriceMissing,
  type KnownFields,
  knownCosts,
  plainText,
  totalOf,
  typeOf,
} from "./infracost-file.ts";
import { namePart } from "./project-name.ts";
import {
  amountText,
  countOf,
  filledText,
  isJsonObject,
  type JsonObject,
  jsonObject,
  readShape,
  UnreadableEstimate,
} from "./read-file.ts";

/**
 * The names of a field in files of `infracost scan --json`, in camel case and in the order of priority. The format has
 * no version, and its versions rename fields.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  name: ["projectName", "address", "resourceName", "componentName", "name"],
  type: ["type", "resourceType"],
  isSupported: ["isSupported", "supported"],
  isFree: ["isFree", "free"],
  costComponents: ["costComponents", "components"],
  subresources: ["subresources", "subResources", "childResources", "children"],
  quantity: ["quantity", "monthlyQuantity"],
  price: ["price", "unitPrice"],
  baseMonthlyCost: ["baseMonthlyCost", "monthlyBaseCost", "baseCost", "baselineMonthlyCost"],
  usageMonthlyCost: ["usageMonthlyCost", "monthlyUsageCost", "usageCost", "totalMonthlyUsageCost"],
  totalMonthlyCost: ["totalMonthlyCost", "monthlyCost", "totalCost"],
  usageBased: ["usageBased", "isUsageBased"],
  priceNotFound: ["priceNotFound", "isPriceNotFound"],
  diagnostics: ["diagnostics", "diags"],
  severity: ["severity", "level"],
  isError: ["isError", "critical", "isCritical"],
  timeGenerated: ["timeGenerated", "time", "generatedAt", "timestamp", "createdAt"],
};

const NAME_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([name, names]) => names.map((other) => [other, name] as const)),
);

function camelCase(key: string): string {
  return key.replace(/_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** The name of a key of a file in this module. */
function fieldName(key: string): string {
  const name = camelCase(key);
  return NAME_OF.get(name) ?? name;
}

/** The keys of an object by the fields that they hold: the first one by priority that is not null. */
function keysOf(object: JsonObject): Map<string, string> {
  const keys = new Map<string, string>();
  for (const key of Object.keys(object)) {
    const name = fieldName(key);
    const other = keys.get(name);
    if (other === undefined || isBetter(object, name, key, other)) keys.set(name, key);
  }
  return keys;
}

function isBetter(object: JsonObject, name: string, key: string, other: string): boolean {
  if ((object[key] === null) !== (object[other] === null)) return object[other] === null;
  const names = NAMES[name] ?? [];
  return names.indexOf(camelCase(key)) < names.indexOf(camelCase(other));
}

/** An object with the names of this module, however the file spells them. */
function inAnySpelling<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => {
    if (!isJsonObject(value)) return value;
    return Object.fromEntries([...keysOf(value)].map(([name, key]) => [name, value[key]]));
  }, z.object(shape));
}

/** Infracost calculates with fractions, and prints doubles. */
const amount = z
  .unknown()
  .optional()
  .transform((value, context): Decimal | null => {
    if (value === null || value === undefined || value === "") return null;
    const decimal = parseDouble(value);
    if (decimal !== undefined) return decimal;
    context.addIssue(DECIMAL_RULE);
    return z.NEVER;
  });

const flag = z.boolean().nullish();

const component = inAnySpelling({
  name: z.string(),
  unit: filledText,
  quantity: amountText,
  price: amountText,
  baseMonthlyCost: amount,
  usageMonthlyCost: amount,
  totalMonthlyCost: amount,
  usageBased: flag,
  priceNotFound: flag,
});

const partShape = { name: z.string(), costComponents: z.array(component).nullish() };

const part: z.ZodType<Part> = inAnySpelling({
  ...partShape,
  subresources: z.lazy(() => z.array(part).nullish()),
});

const resource = inAnySpelling({
  ...partShape,
  subresources: z.array(part).nullish(),
  type: filledText,
  isSupported: flag,
  isFree: flag,
  totalMonthlyCost: amount,
  tags: jsonObject.nullish(),
  defaultTags: jsonObject.nullish(),
});

const diagnostic = z.union(
  [
    z.string().transform((message) => ({ message, severity: undefined, isError: undefined })),
    inAnySpelling({ message: z.string().nullish(), severity: z.string().nullish(), isError: flag }),
  ],
  { error: "must be text or an object with a message" },
);

const project = inAnySpelling({
  name: filledText,
  path: filledText,
  resources: z.array(resource).nullish(),
  diagnostics: z.array(diagnostic).nullish(),
  errors: z.array(diagnostic).nullish(),
  totalMonthlyCost: amount,
  summary: z.unknown().optional(),
  metadata: jsonObject.nullish(),
});

const scan = inAnySpelling({
  currency: filledText,
  timeGenerated: filledText,
  totalMonthlyCost: amount,
  summary: z.unknown().optional(),
  diagnostics: z.array(diagnostic).nullish(),
  errors: z.array(diagnostic).nullish(),
  metadata: jsonObject.nullish(),
  projects: z.array(project),
});

type Part = z.output<z.ZodObject<typeof partShape>> & { subresources?: Part[] | null | undefined };
type Component = z.output<typeof component>;
type Resource = z.output<typeof resource>;
type Diagnostic = z.output<typeof diagnostic>;

const ADVICE = "Give the output of `infracost scan --json`, run in a folder with infrastructure code.";

/**
 * Reads the output of `infracost scan --json` of Infracost 2; undefined if the file is of another format.
 * @throws UnreadableEstimate for the output of `infracost inspect --json`, and for a scan without projects.
 */
export function readInfracostV2(file: unknown): InfracostFile | undefined {
  if (!isJsonObject(file)) return undefined;
  const projects = file.projects;
  if (countOf(projects) !== undefined) {
    throw new UnreadableEstimate(
      `The file is the output of \`infracost inspect --json\`, a summary without resources. ${ADVICE}`,
    );
  }
  if (Array.isArray(projects) && projects.length === 0) throw withoutProjects(file, "projects is empty");
  if (!projects && isScan(file)) throw withoutProjects(file, "it has no list `projects`");
  if (!Array.isArray(projects) || !projects.some(isScanned) || projects.some(hasBreakdown)) return undefined;
  return fileOf(readShape(scan, file, { name: "The Infracost file", spell: spelledLike(file) }), file);
}

function withoutProjects(file: JsonObject, fact: string): UnreadableEstimate {
  const command = V1_FIELDS.some((name) => Object.hasOwn(file, name)) ? "breakdown" : "scan --json";
  return new UnreadableEstimate(
    `The file is the output of \`infracost ${command}\` without projects (${fact}): there is nothing to store. ${ADVICE}`,
  );
}

/** Fields of the root of Infracost 0.10, which the format of version 2 does not have. */
const V1_FIELDS = ["totalMonthlyCost", "timeGenerated", "totalHourlyCost"];

/** Whether the root is that of a scan, apart from its projects. */
function isScan(file: JsonObject): boolean {
  const names = new Set(
    Object.keys({ ...file, ...(isJsonObject(file.summary) ? file.summary : {}) }).map(camelCase),
  );
  return (names.has("projects") && names.has("currency")) || SCAN_FIELDS.some((name) => names.has(name));
}

const SCAN_FIELDS = ["costedResources", "guardrailResults", "budgetResults"];

function isScanned(project: unknown): boolean {
  return isJsonObject(project) && Object.keys(project).some((key) => SCANNED_FIELDS.has(fieldName(key)));
}

const SCANNED_FIELDS = new Set(["resources", "diagnostics", "finopsResults", "taggingResults"]);

function hasBreakdown(project: unknown): boolean {
  return isJsonObject(project) && Object.hasOwn(project, "breakdown");
}

/** A path of the names of this module as the file spells it. */
function spelledLike(file: JsonObject): Spelling {
  return (path) => {
    let here: unknown = file;
    return path.map((step) => {
      const key =
        isJsonObject(here) && typeof step === "string" ? (keysOf(here).get(step) ?? snakeCase(step)) : step;
      here = contentAt(here, key);
      return key;
    });
  };
}

function contentAt(here: unknown, key: PropertyKey): unknown {
  if (Array.isArray(here)) return here[Number(key)];
  return isJsonObject(here) ? here[String(key)] : undefined;
}

function fileOf(read: z.output<typeof scan>, file: JsonObject): InfracostFile {
  const raw = Array.isArray(file.projects) ? file.projects : [];
  return {
    currency: read.currency,
    timeGenerated: read.timeGenerated,
    totalMonthlyCost: read.totalMonthlyCost ?? summaryTotal(read.summary),
    roundsTotals: true,
    addsUp: addsUpInDoubles,
    projects: read.projects.map((project, index) => ({
      ...projectOf(project),
      ignored: ignoredContent(raw[index], PROJECT, "projects[].", fieldName),
    })),
    unsupported: undefined,
    errors: [...(read.errors ?? []), ...(read.diagnostics ?? []).filter(isError)].map(diagnosticText),
    metadata: camelCased({ ...file, ...read.metadata }),
    ignored: ignoredContent(file, FILE, "", fieldName),
  };
}

function projectOf(project: z.output<typeof scan>["projects"][number]): Omit<InfracostProject, "ignored"> {
  const diagnostics = project.diagnostics ?? [];
  const warnings = diagnostics.filter((diagnostic) => !isError(diagnostic)).map(diagnosticText);
  const lacksVariables = warnings.some(isAboutMissingVariables);
  const resources = (project.resources ?? []).map((resource) => resourceOf(resource, lacksVariables));
  const total = totalOf(resources);
  const stated = project.totalMonthlyCost ?? summaryTotal(project.summary);
  return {
    name: namePart(project.name) ?? namePart(project.path),
    resources,
    // A stated total that differs by more than rounding is kept, and reported.
    totalMonthlyCost: statedUnlessRounded(stated, knownTotals(resources)) ?? total,
    // The format lists every resource, and no version so far states the total of a project.
    hasTotal: true,
    errors: [...(project.errors ?? []), ...diagnostics.filter(isError)].map(diagnosticText),
    warnings,
    unsupported: undefined,
    metadata: camelCased(project.metadata ?? {}),
  };
}

function camelCased(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camelCase(key), value]));
}

/** The total in a summary; null when it has none. */
function summaryTotal(summary: unknown): Decimal | null {
  const key = isJsonObject(summary) ? keysOf(summary).get("totalMonthlyCost") : undefined;
  return (key === undefined || !isJsonObject(summary) ? undefined : parseDouble(summary[key])) ?? null;
}

function knownTotals(resources: readonly InfracostResource[]): Decimal[] {
  return resources.flatMap(({ totalMonthlyCost }) => totalMonthlyCost ?? []);
}

/** A stated amount; null when it is the sum of the summands, apart from the rounding of doubles. */
function statedUnlessRounded(stated: Decimal | null, summands: readonly Decimal[]): Decimal | null {
  return stated === null || addsUpInDoubles(stated, summands) ? null : stated;
}

function isError({ severity, isError }: Diagnostic): boolean {
  return isError === true || /^(?:critical|error|fatal)$/i.test(severity ?? "");
}

function diagnosticText({ message }: Diagnostic): string {
  return plainText(message ?? "") || "no reason given";
}

function resourceOf(resource: Resource, lacksVariables: boolean): InfracostResource {
  const { name, type, isSupported, isFree, totalMonthlyCost: stated, tags, defaultTags } = resource;
  const drivers = costDrivers(partOf(resource, lacksVariables), typeOf(type, name) ?? "");
  const known = knownCosts(drivers);
  const hasUnknown = known.length < drivers.length;
  const isStated = stated !== null && !isZero(stated);
  const isUnknown = known.length === 0 && !isFree && !isStated;
  return {
    address: name,
    type,
    totalMonthlyCost: isUnknown ? null : (statedUnlessRounded(isStated ? stated : null, known) ?? sum(known)),
    drivers,
    lacks: isUnknown || !hasUnknown ? undefined : drivers.some((d) => d.priceNotFound) ? "prices" : "usage",
    isUnsupported: isUnknown && isSupported === false && drivers.length === 0,
    tags: { ...defaultTags, ...tags },
  };
}

/** Subresources with prices say is_supported: false, which means nothing. */
function partOf({ name, costComponents, subresources }: Part, lacksVariables: boolean): PricedPart {
  return {
    name,
    components: (costComponents ?? []).map((component) => componentOf(component, lacksVariables)),
    parts: (subresources ?? []).map((part) => partOf(part, lacksVariables)),
  };
}

/**
 * A component. Infracost writes an unknown usage as the quantity 0 with a price, and a missing price as the price 0 with
 * the quantity 0. Both costs are unknown.
 */
function componentOf(stated: Component, lacksVariables: boolean): CostComponent {
  const { name, unit, quantity, price, baseMonthlyCost, usageMonthlyCost, totalMonthlyCost } = stated;
  const split = [baseMonthlyCost, usageMonthlyCost].filter((cost) => cost !== null);
  const cost = totalMonthlyCost ?? (split.length === 0 ? null : sum(split));
  const isWithoutCost = cost === null || isZero(cost);
  const hasPrice = !isNothing(price);
  const hasQuantity = !isNothing(quantity);
  const priceNotFound =
    isWithoutCost &&
    (stated.priceNotFound === true ||
      (price ?? null) === null ||
      (!hasPrice && !hasQuantity) ||
      isPriceMissing({ name, price: price ?? null, monthlyCost: cost }, lacksVariables));
  const isUsageUnknown = isWithoutCost && !hasQuantity && stated.usageBased !== false;
  const isUnknown = priceNotFound || isUsageUnknown;
  return {
    name,
    unit: unit ?? null,
    monthlyQuantity: isUsageUnknown ? null : (quantity ?? null),
    price: price ?? null,
    monthlyCost: isUnknown ? null : cost,
    usageBased:
      stated.usageBased ??
      ((isUsageUnknown && hasPrice) || (usageMonthlyCost !== null && !isZero(usageMonthlyCost))),
    priceNotFound,
  };
}

/** Whether an amount, which is not validated, is missing or zero. */
function isNothing(text: string | null | undefined): boolean {
  return text === null || text === undefined || text.trim() === "" || Number(text) === 0;
}

const fields = (...names: string[]): ReadonlySet<string> => new Set(names);

// The fields that are stored, and those without information for an estimate. The split into baseline and usage, the
// results of policies and the carbon data are not stored.

const COMPONENT: KnownFields = {
  known: fields(
    "name",
    "unit",
    "quantity",
    "price",
    "baseMonthlyCost",
    "totalMonthlyCost",
    "usageBased",
    "priceNotFound",
  ),
};

const RESOURCE: KnownFields = {
  known: fields(
    "name",
    "type",
    "isSupported",
    "isFree",
    "totalMonthlyCost",
    "tags",
    "defaultTags",
    "supportsTags",
    "supportsDefaultTags",
    "metadata",
  ),
  get inside() {
    return { costComponents: COMPONENT, subresources: RESOURCE };
  },
};

const PROJECT: KnownFields = {
  known: fields("name", "path", "diagnostics", "errors", "totalMonthlyCost", "metadata", "summary"),
  inside: { resources: RESOURCE },
};

const FILE: KnownFields = {
  known: fields(
    "currency",
    "summary",
    "projects",
    "diagnostics",
    "errors",
    "metadata",
    "totalMonthlyCost",
    "version",
    "timeGenerated",
    "branch",
    "commit",
    "commitSha",
  ),
};
