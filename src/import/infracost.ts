import { FAILURE_CODE } from "../database/derived-columns.ts";
import {
  type EstimateWarningInput,
  NEW_ESTIMATE,
  type ResourceCostInput,
  type StoreEstimateInput,
} from "../estimates/estimate.ts";
import { rfc3339 } from "../lib/date-time.ts";
import { compare, type Decimal, sum } from "../lib/money.ts";
import type { CostCategory, CostDriver } from "./cost-category.ts";
import {
  type InfracostFile,
  type InfracostProject,
  type InfracostResource,
  typeOf,
} from "./infracost-file.ts";
import { originOf } from "./infracost-origin.ts";
import { unsupportedOf, unsupportedWarnings } from "./infracost-unsupported.ts";
import { readInfracostV1 } from "./infracost-v1.ts";
import { readInfracostV2 } from "./infracost-v2.ts";
import { listNames } from "./read-file.ts";
import { serviceOfType, UNKNOWN } from "./service-of-type.ts";

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

/**
 * The projects of an Infracost file of any version as inputs of the mutation storeEstimate; undefined when the file is of
 * another format. Formats are detected by their keys: their version numbers do not tell them apart.
 */
export function importInfracostFile(
  content: unknown,
  context: InfracostContext,
): StoreEstimateInput[] | undefined {
  const file = readInfracostV2(content) ?? readInfracostV1(content);
  if (file === undefined) return undefined;
  const projects = identifyProjects(file.projects);
  const jobs = context.merge ? [projects] : projects.map((project) => [project]);
  const warnings = projectTotalsWarnings(file);
  return jobs.map((job) => jobInput(file, job, context, warnings));
}

function jobInput(
  file: InfracostFile,
  projects: readonly IdentifiedProject[],
  context: InfracostContext,
  fileWarnings: readonly EstimateWarningInput[],
): StoreEstimateInput {
  const times = new Times();
  const metadata = [file.metadata, ...projects.map(({ project }) => project.metadata)];
  const resources = projects.flatMap((project) =>
    resourcesOf(project, projects.length > 1, context.regionOf),
  );
  const stated = statedTotal(file, projects);
  const unsupported = unsupportedOf(
    file,
    projects.map(({ project }) => project),
  );
  const errors = [...file.errors, ...projects.flatMap(({ project }) => project.errors)];
  const unread = [...file.unread, ...projects.flatMap(({ project }) => project.unread)];
  return {
    project: projects.length === 1 ? projects[0]?.name : undefined,
    ...originOf(metadata, (field, text) => times.read(field, text)),
    estimate: {
      currency: file.currency ?? "USD",
      estimatedAt: times.read("timeGenerated", file.timeGenerated),
      estimator: "infracost",
      totalMonthlyCost: stated ?? sum(projects.map(({ project }) => project.totalMonthlyCost)),
      isComplete: errors.length === 0 && unread.length === 0,
      unsupportedResourceCount: unsupported.count,
      byResource: resources.map(({ cost }) => cost),
      warnings: limited([
        ...currencyWarnings(file),
        ...times.warnings,
        ...(stated === null ? unstatedTotalWarnings(projects) : []),
        ...fileWarnings,
        ...projectWarnings(file, projects),
        ...unreadWarnings(unread),
        ...partialCostWarnings(resources),
        ...unsupportedWarnings(unsupported, unsupportedTypes(resources)),
        ...ignoredWarnings(file, projects),
        ...unknownServiceWarnings(resources),
        ...(context.hasPlan ? unknownRegionWarnings(resources) : []),
      ]),
    },
  };
}

/** The total of the file, which covers all its projects; null when these are not all of them. */
function statedTotal(file: InfracostFile, projects: readonly IdentifiedProject[]): Decimal | null {
  return file.projects.length === projects.length ? file.totalMonthlyCost : null;
}

/** The time that programs in Go write for a time that is not set. */
const UNSET_TIME = /^0001-01-01T00:00:00/;

/** Reads times, with a warning for each that is invalid. */
class Times {
  readonly warnings: EstimateWarningInput[] = [];

  read(field: string, text: string | undefined): string | undefined {
    if (text === undefined || UNSET_TIME.test(text)) return undefined;
    const time = rfc3339(text);
    if (time !== undefined) return time;
    const message = `${field} is ${JSON.stringify(text)}, which is not an RFC 3339 time: it is omitted`;
    this.warnings.push({ code: "TIME_UNREADABLE", message });
    return undefined;
  }
}

interface IdentifiedProject {
  /** The name of a stored job; undefined when the file has none. */
  readonly name: string | undefined;
  /** Unique in the file: the name, else the position of the project. */
  readonly identity: string;
  readonly project: InfracostProject;
}

/** The projects of a file with unique names: a repeated name gets the suffix " (2)". */
function identifyProjects(projects: readonly InfracostProject[]): IdentifiedProject[] {
  const usedNames = new Set<string>();
  return projects.map((project, index) => {
    const identity = uniqueName(project.name ?? `project ${index + 1}`, usedNames);
    usedNames.add(identity);
    return { name: project.name && identity, identity, project };
  });
}

function uniqueName(name: string, usedNames: ReadonlySet<string>): string {
  let candidate = name;
  for (let count = 2; usedNames.has(candidate); count++) candidate = `${name} (${count})`;
  return candidate;
}

interface ImportedResource {
  readonly cost: ResourceCostInput;
  readonly lacks: InfracostResource["lacks"];
  readonly isUnsupported: boolean;
}

/** An address is unique in one project only, so a job of several projects has the project as its prefix. */
function resourcesOf(
  { identity, project }: IdentifiedProject,
  isOneOfSeveral: boolean,
  regionOf: RegionOf,
): ImportedResource[] {
  return project.resources.map((resource) => {
    const { address, drivers, tags, totalMonthlyCost, lacks, isUnsupported = false } = resource;
    const resourceType = typeOf(resource.type, address) ?? UNKNOWN;
    const service = serviceOfType(resourceType);
    const cost = {
      resourceId: isOneOfSeveral ? `${identity}:${address}` : address,
      resourceType,
      service,
      region: regionOf(address, service),
      totalMonthlyCost,
      computeCost: costOf("compute", drivers),
      storageCost: costOf("storage", drivers),
      networkCost: costOf("network", drivers),
      otherCost: costOf("other", drivers),
      costDrivers: drivers,
      tags,
    };
    return { cost, lacks, isUnsupported };
  });
}

function costOf(category: CostCategory, drivers: readonly CostDriver[]): Decimal {
  return sum(drivers.flatMap((driver) => (driver.category === category ? (driver.monthlyCost ?? []) : [])));
}

function currencyWarnings({ currency }: InfracostFile): EstimateWarningInput[] {
  if (currency !== undefined) return [];
  return [{ code: "CURRENCY_ASSUMED", message: "The file has no currency: USD is assumed" }];
}

function unstatedTotalWarnings(projects: readonly IdentifiedProject[]): EstimateWarningInput[] {
  const unstated = projects.filter(({ project }) => !project.hasTotal);
  if (unstated.length === 0) return [];
  const names = listNames(unstated.map(({ identity }) => identity));
  return [
    {
      code: "TOTAL_ASSUMED",
      message: `The file has no total, so it is the sum of the known costs: ${names}`,
    },
  ];
}

function projectTotalsWarnings({
  totalMonthlyCost: stated,
  projects,
}: InfracostFile): EstimateWarningInput[] {
  if (stated === null) return [];
  const added = sum(projects.map(({ totalMonthlyCost }) => totalMonthlyCost));
  if (compare(stated, added) === 0) return [];
  const message = `The file states a total of ${stated}, but its projects add up to ${added}`;
  return [{ code: "PROJECT_TOTALS_DISAGREE", message }];
}

function projectWarnings(
  file: InfracostFile,
  projects: readonly IdentifiedProject[],
): EstimateWarningInput[] {
  return [
    ...file.errors.map((error) => ({
      code: FAILURE_CODE,
      message: `Infracost failed, so the total is partial: ${error}`,
    })),
    ...file.warnings.map((warning) => ({
      code: "PROJECT_WARNING",
      message: `Infracost has a warning: ${warning}`,
    })),
    ...projects.flatMap(({ identity, project }) => [
      ...project.errors.map((error) => ({
        code: FAILURE_CODE,
        message: `Infracost failed on project ${identity}, so the total is partial: ${error}`,
      })),
      ...project.warnings.map((warning) => ({
        code: "PROJECT_WARNING",
        message: `Infracost has a warning about project ${identity}: ${warning}`,
      })),
    ]),
  ];
}

/** The code is that of failed projects: the total is partial as well. */
function unreadWarnings(unread: readonly string[]): EstimateWarningInput[] {
  if (unread.length === 0) return [];
  const message = `Some costs cannot be read, so the total is partial: ${listNames(unread, "; ")}. The file is perhaps that of a newer version of Infracost. Update results-storage, or use an older version of Infracost`;
  return [{ code: "PROJECT_ERROR", message }];
}

/** A component without a price or a quantity counts as 0 in the total of its resource. */
function partialCostWarnings(resources: readonly ImportedResource[]): EstimateWarningInput[] {
  return PARTIAL_COSTS.flatMap(({ lacks, code, reason }) => {
    const partial = resources.filter((resource) => resource.lacks === lacks);
    const addresses = partial.map(({ cost }) => cost.resourceId);
    if (addresses.length === 0) return [];
    const message = `${reason} some components of these resources, so they may cost more than stated: ${listNames(addresses)}`;
    return [{ code, message }];
  });
}

const PARTIAL_COSTS = [
  { lacks: "prices", code: "PRICE_NOT_FOUND", reason: "No price was found for" },
  { lacks: "usage", code: "USAGE_UNKNOWN", reason: "The usage is unknown for" },
] as const;

/** The types of the resources that are listed, and not supported. */
function unsupportedTypes(resources: readonly ImportedResource[]): string[] {
  return resources.flatMap(({ cost, isUnsupported }) => (isUnsupported ? [cost.resourceType] : []));
}

function ignoredWarnings(
  file: InfracostFile,
  projects: readonly IdentifiedProject[],
): EstimateWarningInput[] {
  const ignored = [...new Set([...file.ignored, ...projects.flatMap(({ project }) => project.ignored)])];
  if (ignored.length === 0) return [];
  return [
    { code: "FIELDS_IGNORED", message: `These fields of the file are not stored: ${listNames(ignored)}` },
  ];
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

/** More warnings of one code are counted: an estimate may have at most 1,000. */
const LISTED_PER_CODE = 100;

/** Warnings within the limits of an estimate. */
function limited(warnings: readonly EstimateWarningInput[]): EstimateWarningInput[] {
  const { most } = NEW_ESTIMATE.fields.estimate.of.fields.warnings.of.fields.message.limit;
  return [...Map.groupBy(warnings, ({ code }) => code)].flatMap(([code, all]) => {
    const listed = all.slice(0, LISTED_PER_CODE).map(({ message }) => ({
      code,
      message: message.length <= most ? message : `${message.slice(0, most - 3).toWellFormed()}...`,
    }));
    const more = all.length - listed.length;
    return more === 0 ? listed : [...listed, { code, message: `There are ${more} more of these` }];
  });
}
