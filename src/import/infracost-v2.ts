import { addsUpInDoubles, type Decimal, isZero, isZeroText, parseDouble, sum } from "../lib/money.ts";
import { type CostComponent, costDrivers, type PricedPart } from "./cost-category.ts";
import {
  fieldNames,
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
import {
  type ComponentV2,
  camelCase,
  type DiagnosticV2,
  fieldName,
  keysOf,
  type PartV2,
  type ProjectV2,
  type ResourceV2,
  type ScanV2,
  scan,
  spelledLike,
} from "./infracost-v2-shape.ts";
import { nameInFile } from "./project-name.ts";
import { countOf, isJsonObject, type JsonObject, readShape, UnreadableEstimate } from "./read-file.ts";

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

function fileOf(read: ScanV2, file: JsonObject): InfracostFile {
  const raw = Array.isArray(file.projects) ? file.projects : [];
  const diagnostics = read.diagnostics ?? [];
  const stated = read.totalMonthlyCost ?? summaryTotal(read.summary);
  const projects = read.projects.map((project, index) => ({
    ...projectOf(project),
    ignored: ignoredContent(raw[index], PROJECT, "projects[].", fieldName),
  }));
  const totals = projects.map((project) => project.totalMonthlyCost);
  const terms = projects.flatMap(({ resources }) => termsOf(resources));
  return {
    currency: read.currency,
    timeGenerated: read.timeGenerated,
    // Stated totals are rounded. One that differs by more than rounding is kept, and reported.
    totalMonthlyCost: stated !== null && addsUpInDoubles(stated, totals, terms) ? null : stated,
    projects,
    unsupported: undefined,
    errors: [...(read.errors ?? []), ...diagnostics.filter(isError)].map(diagnosticText),
    warnings: diagnostics.filter((diagnostic) => !isError(diagnostic)).map(diagnosticText),
    metadata: camelCased({ ...file, ...read.metadata }),
    ignored: ignoredContent(file, FILE, "", fieldName),
  };
}

function projectOf(project: ProjectV2): Omit<InfracostProject, "ignored"> {
  const diagnostics = project.diagnostics ?? [];
  const warnings = diagnostics.filter((diagnostic) => !isError(diagnostic)).map(diagnosticText);
  const lacksVariables = warnings.some(isAboutMissingVariables);
  const resources = (project.resources ?? []).map((resource) => resourceOf(resource, lacksVariables));
  const total = totalOf(resources);
  const stated = project.totalMonthlyCost ?? summaryTotal(project.summary);
  return {
    name: projectName(project),
    resources,
    // A stated total that differs by more than rounding is kept, and reported.
    totalMonthlyCost:
      stated === null || addsUpInDoubles(stated, [total], termsOf(resources)) ? total : stated,
    // The format lists every component, so that a missing total is not an assumption.
    hasTotal: true,
    errors: [...(project.errors ?? []), ...diagnostics.filter(isError)].map(diagnosticText),
    warnings,
    unsupported: undefined,
    metadata: camelCased(project.metadata ?? {}),
  };
}

/** The name of a project, else its path. A name that is only that of the folder of a mount point is not a name. */
function projectName({ name, path }: ProjectV2): string | undefined {
  const below = nameInFile(path);
  const isMountPoint = path !== undefined && below === undefined && path.split(/[\\/]/).at(-1) === name;
  return isMountPoint ? undefined : (nameInFile(name) ?? below);
}

function camelCased(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camelCase(key), value]));
}

/** The total in a summary; null when it has none. */
function summaryTotal(summary: unknown): Decimal | null {
  const key = isJsonObject(summary) ? keysOf(summary).get("totalMonthlyCost") : undefined;
  return (key === undefined || !isJsonObject(summary) ? undefined : parseDouble(summary[key])) ?? null;
}

/** The known costs of the components of resources; the cost of a resource that has no component with a cost. */
function termsOf(resources: readonly InfracostResource[]): Decimal[] {
  return resources.flatMap(({ totalMonthlyCost, drivers }) => {
    const known = knownCosts(drivers);
    return known.length === 0 ? (totalMonthlyCost ?? []) : known;
  });
}

function isError({ severity, isError }: DiagnosticV2): boolean {
  return isError === true || /^(?:critical|error|fatal)$/i.test(severity ?? "");
}

function diagnosticText({ message }: DiagnosticV2): string {
  return plainText(message ?? "") || "no reason given";
}

function resourceOf(resource: ResourceV2, lacksVariables: boolean): InfracostResource {
  const { name, type, isSupported, isFree, totalMonthlyCost: stated, tags, defaultTags } = resource;
  const drivers = costDrivers(partOf(resource, lacksVariables), typeOf(type, name) ?? "");
  const known = knownCosts(drivers);
  const hasUnknown = known.length < drivers.length;
  // No version so far states the cost of a resource. A cost of 0 would not tell whether it is known.
  const other = stated === null || isZero(stated) || addsUpInDoubles(stated, known) ? null : stated;
  const isUnknown = known.length === 0 && !isFree && other === null;
  return {
    address: name,
    type,
    totalMonthlyCost: isUnknown ? null : (other ?? sum(known)),
    drivers,
    lacks: isUnknown || !hasUnknown ? undefined : drivers.some((d) => d.priceNotFound) ? "prices" : "usage",
    isUnsupported: isUnknown && isSupported === false && drivers.length === 0,
    tags: { ...defaultTags, ...tags },
  };
}

/** Subresources with prices say is_supported: false, which means nothing. */
function partOf({ name, costComponents, subresources }: PartV2, lacksVariables: boolean): PricedPart {
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
function componentOf(stated: ComponentV2, lacksVariables: boolean): CostComponent {
  const { name, unit, quantity, price, baseMonthlyCost, usageMonthlyCost, totalMonthlyCost } = stated;
  const split = [baseMonthlyCost, usageMonthlyCost].filter((cost) => cost !== null);
  const cost = totalMonthlyCost ?? (split.length === 0 ? null : sum(split));
  const isWithoutCost = cost === null || isZero(cost);
  const hasPrice = !isZeroOrMissing(price);
  const hasQuantity = !isZeroOrMissing(quantity);
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
function isZeroOrMissing(text: string | null | undefined): boolean {
  return text === null || text === undefined || text.trim() === "" || isZeroText(text);
}

// The fields that are stored, and those without information for an estimate. The split into baseline and usage, the
// results of policies and the carbon data are not stored.

const COMPONENT: KnownFields = {
  known: fieldNames("name unit quantity price baseMonthlyCost totalMonthlyCost usageBased priceNotFound"),
};

const RESOURCE: KnownFields = {
  known:
    fieldNames(`name type isSupported isFree totalMonthlyCost tags defaultTags supportsTags supportsDefaultTags
    metadata`),
  get inside() {
    return { costComponents: COMPONENT, subresources: RESOURCE };
  },
};

const PROJECT: KnownFields = {
  known: fieldNames("name path diagnostics errors totalMonthlyCost metadata summary"),
  inside: { resources: RESOURCE },
};

const FILE: KnownFields = {
  known:
    fieldNames(`currency summary projects diagnostics errors metadata totalMonthlyCost version timeGenerated branch
    commit commitSha`),
};
