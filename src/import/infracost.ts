import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import type { EstimateWarningInput, ResourceCostInput, StoreEstimateInput } from "../estimates/estimate.ts";
import { compare, type Decimal, sum } from "../lib/money.ts";
import { type CostCategory, type CostDriver, costDrivers } from "./cost-category.ts";
import {
  type InfracostDiagnostic,
  type InfracostFile,
  type InfracostProject,
  type InfracostResource,
  infracostFile,
} from "./infracost-shape.ts";
import { isJsonObject, type JsonObject, listNames, type ReadFile, readShape } from "./read-file.ts";
import { serviceOfType, UNKNOWN } from "./service-of-type.ts";
import { parseAddress } from "./terraform-plan.ts";

/** The content of an Infracost file, in the format of 2021 and later. */
interface InfracostContent {
  readonly content: JsonObject;
  /** Converts a path of that format to the path in the file. */
  readonly spell: NonNullable<ReadFile["spell"]>;
}

/**
 * The content of a file if its keys are those of Infracost, else undefined. Files before 2021 have no projects: the
 * resources are in the root, and the first files are arrays of resources.
 */
export function infracostContent(file: unknown): InfracostContent | undefined {
  if (isJsonObject(file)) {
    if (Object.hasOwn(file, "projects")) return { content: file, spell: (path) => path };
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

function ofOneProject(file: JsonObject, resourcesPath: readonly string[]): InfracostContent {
  const { resources, ...root } = file;
  const breakdown = { resources, totalMonthlyCost: root.totalMonthlyCost };
  return {
    content: { ...root, projects: [{ breakdown }] },
    spell: (path) => {
      const [, , , field, ...rest] = path;
      if (path[0] !== "projects") return path;
      return field === "resources" ? [...resourcesPath, ...rest] : path.slice(3);
    },
  };
}

/** Data that an Infracost file does not contain. */
interface InfracostContext {
  readonly regionOf: RegionOf;
  /** Whether there is a plan: a region that is not in it gets a warning. */
  readonly hasPlan: boolean;
  /** Whether all projects become one job. */
  readonly merge: boolean;
}

/** The region of a resource, by its address and its service. */
export type RegionOf = (address: string, service: string) => string;

/** The projects of an Infracost file as inputs of the mutation storeEstimate. */
export function importInfracostFile(
  { content, spell }: InfracostContent,
  context: InfracostContext,
): StoreEstimateInput[] {
  const file = readShape(infracostFile, content, { name: "The Infracost file", spell });
  const projects = identifyProjects(file.projects);
  const jobs = context.merge ? [projects] : projects.map((project) => [project]);
  return jobs.map((job) => jobInput(file, job, context));
}

function jobInput(
  file: InfracostFile,
  projects: readonly IdentifiedProject[],
  context: InfracostContext,
): StoreEstimateInput {
  const { warnings, ...header } = readHeader(file);
  // The total of the file covers all its projects.
  const stated = file.projects.length === projects.length ? file.totalMonthlyCost : null;
  const resources = projects.flatMap((project) =>
    resourcesOf(project, projects.length > 1, context.regionOf),
  );
  return {
    project: projects.length === 1 ? projects[0]?.name : undefined,
    ...versionControl(file, projects),
    estimate: {
      ...header,
      estimator: "infracost",
      totalMonthlyCost: stated ?? sum(projects.map(({ project }) => projectTotal(project))),
      byResource: resources.map(({ cost }) => cost),
      warnings: [
        ...warnings,
        ...(stated === null ? unstatedTotalWarnings(projects) : []),
        ...jobWarnings(file, projects, resources, context.hasPlan),
      ],
    },
  };
}

interface InfracostHeader {
  readonly currency: string;
  readonly estimatedAt: string | undefined;
  readonly warnings: readonly EstimateWarningInput[];
}

const rfc3339 = z.iso.datetime({ offset: true }).regex(/T\d\d:\d\d:\d\d/);

/** The currency and the time, with a warning for each that is missing or invalid. */
function readHeader({ currency, timeGenerated }: InfracostFile): InfracostHeader {
  const warnings: EstimateWarningInput[] = [];
  if (currency === undefined) {
    warnings.push({ code: "CURRENCY_ASSUMED", message: "The file has no currency: USD is assumed" });
  }
  const isReadable = timeGenerated === undefined || rfc3339.safeParse(timeGenerated).success;
  if (!isReadable) {
    const message = `timeGenerated is ${JSON.stringify(timeGenerated)}, which is not an RFC 3339 time: it is omitted`;
    warnings.push({ code: "TIME_UNREADABLE", message });
  }
  return { currency: currency ?? "USD", estimatedAt: isReadable ? timeGenerated : undefined, warnings };
}

function versionControl({ metadata }: InfracostFile, projects: readonly IdentifiedProject[]) {
  const branch = metadata?.vcsBranch ?? metadata?.branch;
  const ofProject = projects.find(({ project }) => project.metadata?.vcsPullRequestUrl)?.project.metadata;
  return {
    // git calls a detached checkout HEAD.
    branch: branch === "HEAD" ? undefined : branch,
    commitSha: metadata?.vcsCommitSha ?? metadata?.commit,
    pullRequestUrl: metadata?.vcsPullRequestUrl ?? ofProject?.vcsPullRequestUrl,
  };
}

interface IdentifiedProject {
  /** The name of a stored job; undefined when the file has none. */
  readonly name: string | undefined;
  /** Unique in the file: the name, else the position of the project. */
  readonly identity: string;
  readonly project: InfracostProject;
}

/**
 * The projects of a file with unique names. A name is `name/module path#workspace`, without missing parts and without
 * the workspace "default"; a repeated name gets the suffix " (2)".
 */
function identifyProjects(projects: readonly InfracostProject[]): IdentifiedProject[] {
  const usedNames = new Set<string>();
  return projects.map((project, index) => {
    const name = projectName(project);
    const identity = uniqueName(name ?? `project ${index + 1}`, usedNames);
    usedNames.add(identity);
    return { name: name && identity, identity, project };
  });
}

/** ".", the current folder, is not a name: it is the same in every repository. */
function projectName({ name, metadata }: InfracostProject): string | undefined {
  const path = [name, metadata?.terraformModulePath].filter((part) => part !== undefined && part !== ".");
  if (path.length === 0) return undefined;
  const workspace = metadata?.terraformWorkspace;
  return `${path.join("/")}${workspace === undefined || workspace === "default" ? "" : `#${workspace}`}`;
}

function uniqueName(name: string, usedNames: ReadonlySet<string>): string {
  let candidate = name;
  for (let count = 2; usedNames.has(candidate); count++) candidate = `${name} (${count})`;
  return candidate;
}

interface ImportedResource {
  readonly cost: ResourceCostInput;
  /** Whether the price of some component is missing. */
  readonly lacksPrices: boolean;
}

/** An address is unique in one project only, so a job of several projects has the project as its prefix. */
function resourcesOf(
  { identity, project }: IdentifiedProject,
  isOneOfSeveral: boolean,
  regionOf: RegionOf,
): ImportedResource[] {
  const resources = [
    ...(project.breakdown?.resources ?? []).map((resource) => pricedResource(resource, regionOf)),
    ...(project.breakdown?.freeResources ?? []).map((resource) => freeResource(resource, regionOf)),
  ];
  if (!isOneOfSeveral) return resources;
  return resources.map(({ cost, ...rest }) => ({
    ...rest,
    cost: { ...cost, resourceId: `${identity}:${cost.resourceId}` },
  }));
}

function pricedResource(resource: InfracostResource, regionOf: RegionOf): ImportedResource {
  const identity = identityOf(resource, regionOf);
  const drivers = costDrivers(resource, identity.resourceType);
  const unpriced = drivers.filter((driver) => driver.priceNotFound).length;
  const isUnknown = drivers.length > 0 && unpriced === drivers.length;
  const totalMonthlyCost = isUnknown ? null : resource.monthlyCost;
  return {
    cost: { ...identity, totalMonthlyCost, ...categoryCosts(drivers), costDrivers: drivers },
    lacksPrices: unpriced > 0 && totalMonthlyCost !== null,
  };
}

/** A free resource costs 0; an unknown cost is null. */
function freeResource(resource: InfracostResource, regionOf: RegionOf): ImportedResource {
  const cost = {
    ...identityOf(resource, regionOf),
    totalMonthlyCost: "0",
    ...categoryCosts([]),
    costDrivers: [],
  };
  return { cost, lacksPrices: false };
}

function identityOf({ name, resourceType, tags, defaultTags }: InfracostResource, regionOf: RegionOf) {
  const type = resourceType ?? parseAddress(name)?.type ?? UNKNOWN;
  const service = serviceOfType(type);
  return {
    resourceId: name,
    resourceType: type,
    service,
    region: regionOf(name, service),
    tags: { ...defaultTags, ...tags },
  };
}

function categoryCosts(drivers: readonly CostDriver[]) {
  return {
    computeCost: costOf("compute", drivers),
    storageCost: costOf("storage", drivers),
    networkCost: costOf("network", drivers),
    otherCost: costOf("other", drivers),
  };
}

function costOf(category: CostCategory, drivers: readonly CostDriver[]): Decimal {
  return sum(drivers.flatMap((driver) => (driver.category === category ? (driver.monthlyCost ?? []) : [])));
}

/** The stated total of a project, else the sum of its known costs. */
function projectTotal({ breakdown }: InfracostProject): Decimal {
  return breakdown?.totalMonthlyCost ?? sum((breakdown?.resources ?? []).flatMap((r) => r.monthlyCost ?? []));
}

function unstatedTotalWarnings(projects: readonly IdentifiedProject[]): EstimateWarningInput[] {
  const unstated = projects.filter(({ project }) => (project.breakdown?.totalMonthlyCost ?? null) === null);
  if (unstated.length === 0) return [];
  const names = listNames(unstated.map(({ identity }) => identity));
  return [
    {
      code: "TOTAL_ASSUMED",
      message: `The file has no total, so it is the sum of the known costs: ${names}`,
    },
  ];
}

function jobWarnings(
  file: InfracostFile,
  projects: readonly IdentifiedProject[],
  resources: readonly ImportedResource[],
  hasPlan: boolean,
): EstimateWarningInput[] {
  return [
    ...projectTotalsWarnings(file),
    ...projects.flatMap(projectWarnings),
    ...missingPriceWarnings(resources),
    ...unknownServiceWarnings(resources),
    ...(hasPlan ? unknownRegionWarnings(resources) : []),
  ];
}

function projectTotalsWarnings({ projects, totalMonthlyCost }: InfracostFile): EstimateWarningInput[] {
  const added = sum(projects.map(projectTotal));
  if (totalMonthlyCost === null || compare(totalMonthlyCost, added) === 0) return [];
  const message = `The file states a total of ${totalMonthlyCost}, but its projects add up to ${added}`;
  return [{ code: "PROJECT_TOTALS_DISAGREE", message }];
}

function projectWarnings({ identity, project }: IdentifiedProject): EstimateWarningInput[] {
  const { errors, warnings } = project.metadata ?? {};
  return [
    ...(errors ?? []).map((error) => ({
      code: "PROJECT_ERROR",
      message: `Infracost failed on project ${identity}, so the total is partial: ${diagnosticText(error)}`,
    })),
    ...(warnings ?? []).map((warning) => ({
      code: "PROJECT_WARNING",
      message: `Infracost has a warning about project ${identity}: ${diagnosticText(warning)}`,
    })),
  ];
}

function diagnosticText(diagnostic: InfracostDiagnostic): string {
  if (typeof diagnostic === "string") return plainText(diagnostic);
  const { message, data } = diagnostic;
  const about = Array.isArray(data) ? data.filter((item) => typeof item === "string") : [];
  const text = message || "no reason given";
  return plainText(about.length === 0 ? text : `${text} (${about.join(", ")})`);
}

/** Infracost writes for a terminal: with colours and line breaks. */
function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, " ").trim();
}

/** A component without a price counts as 0 in the total of its resource. */
function missingPriceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const addresses = resources.flatMap(({ cost, lacksPrices }) => (lacksPrices ? [cost.resourceId] : []));
  if (addresses.length === 0) return [];
  const message = `No price was found for some components of these resources, so they may cost more than stated: ${listNames(addresses)}`;
  return [{ code: "PRICE_NOT_FOUND", message }];
}

function unknownServiceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const unknown = resources.flatMap(({ cost }) => (cost.service === UNKNOWN ? [cost.resourceType] : []));
  if (unknown.length === 0) return [];
  const types = [...new Set(unknown)].sort();
  return [{ code: "UNKNOWN_SERVICE", message: `The service of these types is unknown: ${listNames(types)}` }];
}

function unknownRegionWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const count = resources.filter(({ cost }) => cost.region === UNKNOWN).length;
  if (count === 0) return [];
  const message = `The plan has no region for ${count} of ${resources.length} resources`;
  return [{ code: "REGION_UNKNOWN", message }];
}
