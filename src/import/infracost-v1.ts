import { isZero, sum } from "../lib/money.ts";
import { costDrivers, type PricedPart } from "./cost-category.ts";
import {
  addCounts,
  countAll,
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
  typeOf,
  type UnsupportedResources,
} from "./infracost-file.ts";
import {
  type DiagnosticV1,
  infracostFile,
  type PartV1,
  type ProjectV1,
  type ResourceV1,
} from "./infracost-v1-shape.ts";
import { nameInFile } from "./project-name.ts";
import { countOf, isJsonObject, type JsonObject, type ReadFile, readShape } from "./read-file.ts";

/** The path of the resources in the format of 2021 and later. */
const RESOURCES = "projects[].breakdown.resources[]";

/** The content of an Infracost file, in the format of 2021 and later. */
interface Content {
  readonly content: JsonObject;
  /** Converts a path of that format to the path in the file. */
  readonly spell: NonNullable<ReadFile["spell"]>;
  /** The beginning of the paths of the resources, in the text of a message. */
  readonly resources: string;
}

/**
 * Reads the output of `infracost breakdown --format json` of any year; undefined if the keys are of another format.
 * Files before 2021 have no projects: the resources are in the root, and the first files are arrays of resources.
 */
export function readInfracostV1(file: unknown): InfracostFile | undefined {
  const found = contentOf(file);
  if (found === undefined) return undefined;
  const { content, spell, resources } = found;
  const { projects, metadata, errors, warnings, summary, ...header } = readShape(infracostFile, content, {
    name: "The Infracost file",
    spell,
  });
  const raw = Array.isArray(content.projects) ? content.projects : [];
  const read = projects.map((project, index) => {
    const ignored = ignoredContent(raw[index], PROJECT, "projects[].");
    return { ...projectOf(project), ignored: ignored.map((path) => path.replace(RESOURCES, resources)) };
  });
  return {
    ...header,
    projects: read,
    unsupported: unsupportedIn(summary),
    errors: [...errors, ...(metadata?.errors ?? [])].map(diagnosticText),
    warnings: [...warnings, ...(metadata?.warnings ?? [])].map(diagnosticText),
    metadata: metadata ?? {},
    ignored: ignoredContent(content, FILE, ""),
  };
}

function contentOf(file: unknown): Content | undefined {
  if (isJsonObject(file)) {
    if (Object.hasOwn(file, "projects"))
      return { content: file, spell: (path) => path, resources: RESOURCES };
    if (!Array.isArray(file.resources)) return undefined;
    const isOurs = file.resources.some(isPriced) || (file.resources.length === 0 && hasTotal(file));
    return isOurs ? ofOneProject(file, ["resources"]) : undefined;
  }
  return Array.isArray(file) && file.some(isPriced) ? ofOneProject({ resources: file }, []) : undefined;
}

/** A Terraform state has resources as well, but no costs. */
function isPriced(resource: unknown): boolean {
  return isJsonObject(resource) && (hasTotal(resource) || Object.hasOwn(resource, "costComponents"));
}

function hasTotal(thing: JsonObject): boolean {
  return Object.hasOwn(thing, "monthlyCost") || Object.hasOwn(thing, "totalMonthlyCost");
}

function ofOneProject(file: JsonObject, resourcesPath: readonly string[]): Content {
  const { resources, ...root } = file;
  const breakdown = { resources, totalMonthlyCost: root.totalMonthlyCost };
  return {
    content: { ...root, projects: [{ breakdown }] },
    resources: resourcesPath.join(".").concat("[]"),
    spell: (path) => {
      const [, , , field, ...rest] = path;
      if (path[0] !== "projects") return path;
      return field === "resources" ? [...resourcesPath, ...rest] : path.slice(3);
    },
  };
}

function projectOf(project: ProjectV1): Omit<InfracostProject, "ignored"> {
  const { breakdown, metadata } = project;
  const stated = breakdown?.totalMonthlyCost ?? null;
  const { errors, warnings } = diagnosticsOf(project);
  const unsupported = unsupportedIn(project.summary);
  const lacksVariables = warnings.some(isAboutMissingVariables);
  const free = (breakdown?.freeResources ?? []).map((resource) =>
    freeResource(resource, isUnsupportedType(typeOf(resource.resourceType, resource.name), project.summary)),
  );
  return {
    name: projectName(project),
    resources: [
      ...(breakdown?.resources ?? []).map((resource) => pricedResource(resource, lacksVariables)),
      ...free,
    ],
    totalMonthlyCost: stated ?? sum((breakdown?.resources ?? []).flatMap((r) => r.monthlyCost ?? [])),
    hasTotal: stated !== null,
    errors,
    warnings,
    unsupported: unsupported && without(unsupported, free),
    metadata: metadata ?? {},
  };
}

/** A name is `name/module path#workspace`, without missing parts and without the workspace "default". */
function projectName({ name, metadata }: ProjectV1): string | undefined {
  const path = [nameInFile(name), nameInFile(metadata?.terraformModulePath)].filter(
    (part) => part !== undefined,
  );
  if (path.length === 0) return undefined;
  const workspace = metadata?.terraformWorkspace;
  return `${path.join("/")}${workspace === undefined || workspace === "default" ? "" : `#${workspace}`}`;
}

function diagnosticsOf({ metadata }: ProjectV1): { errors: string[]; warnings: string[] } {
  const warnings = metadata?.warnings ?? [];
  const isError = (diagnostic: DiagnosticV1) => typeof diagnostic === "object" && diagnostic.isError === true;
  const errors = [...(metadata?.errors ?? []), ...warnings.filter(isError)].map(diagnosticText);
  return {
    errors: errors.length === 0 && metadata?.type === "error" ? ["no reason given"] : errors,
    warnings: warnings.filter((warning) => !isError(warning)).map(diagnosticText),
  };
}

function diagnosticText(diagnostic: DiagnosticV1): string {
  if (typeof diagnostic === "string") return plainText(diagnostic);
  const { message, data } = diagnostic;
  const about = Array.isArray(data) ? data.filter((item) => typeof item === "string") : [];
  const text = message || "no reason given";
  return plainText(about.length === 0 ? text : `${text} (${about.join(", ")})`);
}

function pricedResource(resource: ResourceV1, projectLacksVariables: boolean): InfracostResource {
  const lacksVariables = projectLacksVariables || hasUnknownAttributes(resource.metadata);
  const drivers = costDrivers(
    partOf(resource, lacksVariables),
    typeOf(resource.resourceType, resource.name) ?? "",
  );
  const isUnknown =
    drivers.length > 0 && knownCosts(drivers).length === 0 && isZero(resource.monthlyCost ?? "0");
  const totalMonthlyCost = isUnknown ? null : resource.monthlyCost;
  const isPartial = totalMonthlyCost !== null && drivers.some(({ priceNotFound }) => priceNotFound);
  return {
    ...identityOf(resource),
    totalMonthlyCost,
    drivers,
    lacks: isPartial ? "prices" : undefined,
  };
}

function partOf({ name, costComponents, subresources }: PartV1, lacksVariables: boolean): PricedPart {
  return {
    name,
    components: (costComponents ?? []).map(({ unit, usageBased, priceNotFound, ...stated }) => ({
      ...stated,
      unit: unit ?? null,
      usageBased: usageBased ?? false,
      priceNotFound: (priceNotFound ?? false) || isPriceMissing(stated, lacksVariables),
    })),
    parts: (subresources ?? []).map((part) => partOf(part, lacksVariables)),
  };
}

/** Whether a missing variable determines an attribute other than the tags. */
function hasUnknownAttributes({ attributesWithUnknownKeys: unknown }: JsonObject): boolean {
  return (
    Array.isArray(unknown) &&
    unknown.some(
      (item) =>
        isJsonObject(item) && typeof item.attribute === "string" && !/tags|labels/i.test(item.attribute),
    )
  );
}

/** A free resource costs 0. With tag policies, Infracost also lists resources of unsupported types here. */
function freeResource(resource: ResourceV1, isUnsupported: boolean): InfracostResource {
  return {
    ...identityOf(resource),
    totalMonthlyCost: isUnsupported ? null : "0",
    drivers: [],
    isUnsupported,
  };
}

function identityOf({ name, resourceType, tags, defaultTags }: ResourceV1) {
  return { address: name, type: resourceType, tags: { ...defaultTags, ...tags } };
}

/** The unsupported resources in a summary of Infracost; files of 2021 and 2022 have only the counts by type. */
function unsupportedIn(summary: JsonObject): UnsupportedResources | undefined {
  const byType = countsOf(summary.unsupportedResourceCounts);
  const count = countOf(summary.totalUnsupportedResources) ?? (byType && countAll(byType.values()));
  return count === undefined ? undefined : { count, byType: byType ?? new Map() };
}

function countsOf(counts: unknown): Map<string, number> | undefined {
  if (!isJsonObject(counts)) return undefined;
  return new Map(
    Object.entries(counts).flatMap(([type, value]) => {
      const count = countOf(value);
      return count === undefined || count === 0 ? [] : [[type, count] as const];
    }),
  );
}

function isUnsupportedType(type: string | undefined, summary: JsonObject): boolean {
  if (type === undefined) return false;
  const isIn = (counts: unknown) => countsOf(counts)?.has(type) ?? false;
  return isIn(summary.unsupportedResourceCounts) && !isIn(summary.noPriceResourceCounts);
}

/** The unsupported resources that are not among the resources. */
function without(
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

// The fields that are stored, and those without information for an estimate: costs per hour, the state before the plan
// (a comparison of two jobs replaces it), places in the code, links.

const COMPONENT: KnownFields = {
  known: fieldNames(
    "name unit hourlyQuantity monthlyQuantity price hourlyCost monthlyCost usageBased priceNotFound",
  ),
};

const RESOURCE: KnownFields = {
  known:
    fieldNames(`name resourceType tags defaultTags tagPropagation providerSupportsDefaultTags providerLink metadata
    hourlyCost monthlyCost missingVarsCausingUnknownTagKeys missingVarsCausingUnknownDefaultTagKeys`),
  get inside() {
    return { costComponents: COMPONENT, subresources: RESOURCE };
  },
};

const BREAKDOWN: KnownFields = {
  known: fieldNames("totalHourlyCost totalMonthlyCost"),
  inside: { resources: RESOURCE, freeResources: RESOURCE },
};

const PROJECT: KnownFields = {
  known: fieldNames("name displayName path metadata pastBreakdown diff summary"),
  inside: { breakdown: BREAKDOWN },
};

const FILE: KnownFields = {
  known:
    fieldNames(`version metadata runId shareUrl cloudUrl currency projects totalHourlyCost totalMonthlyCost
    pastTotalHourlyCost pastTotalMonthlyCost pastTotalMonthlyUsageCost diffTotalHourlyCost diffTotalMonthlyCost
    diffTotalMonthlyUsageCost timeGenerated summary errors warnings`),
};
