import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import type { EstimateWarningInput, ResourceCostInput, StoreEstimateInput } from "../client/generated.ts";
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

/** What an Infracost file does not tell. */
interface InfracostContext {
  readonly regionOf: RegionOf;
  /** Whether regions were looked for in a plan, so that one which was not found is worth a warning. */
  readonly hasPlan: boolean;
  /** Whether the projects of the file become one job; else each becomes a job of its own. */
  readonly merge: boolean;
}

/** The projects of an Infracost file as the inputs of the mutation. */
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
  // A job of one project among others costs what the project states; any other what the file does.
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

/** An address repeats in other projects, so where several projects meet it stands behind its project's name. */
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

function versionControl({ metadata }: InfracostFile, projects: readonly IdentifiedProject[]) {
  const branch = metadata?.vcsBranch ?? metadata?.branch;
  const ofProject = projects.find(({ project }) => project.metadata?.vcsPullRequestUrl)?.project.metadata;
  return {
    // A pipeline that checks out a commit is on no branch, which git calls HEAD.
    branch: branch === "HEAD" ? undefined : branch,
    commitSha: metadata?.vcsCommitSha ?? metadata?.commit,
    pullRequestUrl: metadata?.vcsPullRequestUrl ?? ofProject?.vcsPullRequestUrl,
  };
}

/** What an Infracost file holds, in the shape that all have since 2021. */
interface InfracostContent {
  readonly content: JsonObject;
  /** How a path of that shape is spelled in the file itself. */
  readonly spell: NonNullable<ReadFile["spell"]>;
}

/**
 * The content of a file that Infracost wrote, going by its keys; undefined when it did not. Before 2021 there were no
 * projects: the resources stood in the root, and in the first files they were all there was.
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

/** Terraform's own state has resources, too; but no costs. */
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

/** What an Infracost file says of all its projects. */
interface InfracostHeader {
  readonly currency: string;
  readonly estimatedAt: string | undefined;
  readonly warnings: readonly EstimateWarningInput[];
}

const rfc3339 = z.iso.datetime({ offset: true }).regex(/T\d\d:\d\d:\d\d/);

/** Reads the currency and the time, and says what had to be assumed. */
function readHeader({ currency, timeGenerated }: InfracostFile): InfracostHeader {
  const warnings: EstimateWarningInput[] = [];
  if (currency === undefined) {
    warnings.push({ code: "CURRENCY_ASSUMED", message: "The file names no currency: USD is assumed" });
  }
  const isReadable = timeGenerated === undefined || rfc3339.safeParse(timeGenerated).success;
  if (!isReadable) {
    const message = `timeGenerated is ${JSON.stringify(timeGenerated)}, which is no RFC 3339 time: it is left out`;
    warnings.push({ code: "TIME_UNREADABLE", message });
  }
  return { currency: currency ?? "USD", estimatedAt: isReadable ? timeGenerated : undefined, warnings };
}

/** A project of a file, told apart from the others. */
interface IdentifiedProject {
  /** What the file calls the project; undefined when it gives it no name. */
  readonly name: string | undefined;
  /** The name, or for a project without one its place in the file: unlike that of any other project. */
  readonly identity: string;
  readonly project: InfracostProject;
}

/**
 * The projects of a file with names that do not repeat. A name is `name/module path#workspace`, without what
 * is not stated and without the workspace "default"; the second with an equal name ends in " (2)".
 */
function identifyProjects(projects: readonly InfracostProject[]): IdentifiedProject[] {
  const taken = new Set<string>();
  return projects.map((project, index) => {
    const name = projectName(project);
    const identity = untaken(name ?? `project ${index + 1}`, taken);
    taken.add(identity);
    return { name: name && identity, identity, project };
  });
}

/** The total of a project: as it is stated, else the sum of what is known. */
function projectTotal({ breakdown }: InfracostProject): Decimal {
  return breakdown?.totalMonthlyCost ?? sum((breakdown?.resources ?? []).flatMap((r) => r.monthlyCost ?? []));
}

/** What Infracost itself reports of a project. */
function projectWarnings({ identity, project }: IdentifiedProject): EstimateWarningInput[] {
  const { errors, warnings } = project.metadata ?? {};
  return [
    ...(errors ?? []).map((error) => ({
      code: "PROJECT_ERROR",
      message: `Infracost failed on project ${identity}, so the total is partial: ${diagnosticText(error)}`,
    })),
    ...(warnings ?? []).map((warning) => ({
      code: "PROJECT_WARNING",
      message: `Infracost warns of project ${identity}: ${diagnosticText(warning)}`,
    })),
  ];
}

/** "." is what Infracost calls the folder that it runs in: a name that every repository has is none. */
function projectName({ name, metadata }: InfracostProject): string | undefined {
  const path = [name, metadata?.terraformModulePath].filter((part) => part !== undefined && part !== ".");
  if (path.length === 0) return undefined;
  const workspace = metadata?.terraformWorkspace;
  return `${path.join("/")}${workspace === undefined || workspace === "default" ? "" : `#${workspace}`}`;
}

function untaken(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let count = 2; taken.has(candidate); count++) candidate = `${name} (${count})`;
  return candidate;
}

function diagnosticText(diagnostic: InfracostDiagnostic): string {
  if (typeof diagnostic === "string") return plainText(diagnostic);
  const { message, data } = diagnostic;
  const about = Array.isArray(data) ? data.filter((item) => typeof item === "string") : [];
  const text = message || "it does not say why";
  return plainText(about.length === 0 ? text : `${text} (${about.join(", ")})`);
}

/** Infracost writes for a terminal: in colours, and on several lines. */
function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, " ").trim();
}

/** Where a resource of a service is. */
export type RegionOf = (address: string, service: string) => string;

/** A resource as it is stored, and whether its cost lacks the price of some component. */
interface ImportedResource {
  readonly cost: ResourceCostInput;
  readonly lacksPrices: boolean;
}

/** A resource that Infracost has priced. */
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

/** A resource that costs nothing, which is not the same as one whose cost is unknown. */
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

/** A root total that is not the sum of its projects: one of them is wrong, and nobody knows which. */
function projectTotalsWarnings({ projects, totalMonthlyCost }: InfracostFile): EstimateWarningInput[] {
  const added = sum(projects.map(projectTotal));
  if (totalMonthlyCost === null || compare(totalMonthlyCost, added) === 0) return [];
  const message = `The file states a total of ${totalMonthlyCost}, but its projects add up to ${added}`;
  return [{ code: "PROJECT_TOTALS_DISAGREE", message }];
}

/** A total that the file does not state, so that it had to be added up from what is known. */
function unstatedTotalWarnings(projects: readonly IdentifiedProject[]): EstimateWarningInput[] {
  const unstated = projects.filter(({ project }) => (project.breakdown?.totalMonthlyCost ?? null) === null);
  if (unstated.length === 0) return [];
  const names = listNames(unstated.map(({ identity }) => identity));
  return [
    { code: "TOTAL_ASSUMED", message: `No total is stated, so the known costs were added up: ${names}` },
  ];
}

/** Components whose price was not found count as 0 in a total that states to be known. */
function missingPriceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const addresses = resources.flatMap(({ cost, lacksPrices }) => (lacksPrices ? [cost.resourceId] : []));
  if (addresses.length === 0) return [];
  const message = `No price was found for some components of these resources, so they may cost more than stated: ${listNames(addresses)}`;
  return [{ code: "PRICE_NOT_FOUND", message }];
}

/** Types that no table knows. */
function unknownServiceWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const unknown = resources.flatMap(({ cost }) => (cost.service === UNKNOWN ? [cost.resourceType] : []));
  if (unknown.length === 0) return [];
  const types = [...new Set(unknown)].sort();
  return [{ code: "UNKNOWN_SERVICE", message: `No service is known for these types: ${listNames(types)}` }];
}

/** Resources whose region was looked for in a plan in vain. */
function unknownRegionWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  const count = resources.filter(({ cost }) => cost.region === UNKNOWN).length;
  if (count === 0) return [];
  const message = `The plan does not tell the region of ${count} of ${resources.length} resources`;
  return [{ code: "REGION_UNKNOWN", message }];
}
