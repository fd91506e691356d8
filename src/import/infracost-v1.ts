import * as z from "zod";
import { isZero, sum } from "../lib/money.ts";
import { costDrivers, type PricedPart } from "./cost-category.ts";
import { diagnosticsIn, suspiciousFields } from "./infracost-diagnostics.ts";
import {
  fieldNames,
  type InfracostFile,
  type InfracostProject,
  type InfracostResource,
  ignoredContent,
  isPriceMissing,
  type KnownFields,
  knownCosts,
  typeOf,
  unreadCosts,
} from "./infracost-file.ts";
import { infracostFile, type PartV1, type ProjectV1, type ResourceV1 } from "./infracost-v1-shape.ts";
import { isUnsupportedType, unreadCounts, unsupportedOf, without } from "./infracost-v1-unsupported.ts";
import { nameInFile } from "./project-name.ts";
import { isJsonObject, type JsonObject, type ReadFile, readShape } from "./read-file.ts";

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
export function readInfracostV1(value: unknown): InfracostFile | undefined {
  const found = contentOf(value);
  if (found === undefined) return undefined;
  const { content, spell, resources } = found;
  const file = { name: "The Infracost file", spell };
  const { projects, metadata, summary, ...header } = readShape(infracostFile, content, file);
  const { lacksVariables, ...diagnostics } = diagnosticsIn(content);
  const raw = Array.isArray(content.projects) ? content.projects.filter(isJsonObject) : [];
  const ofProjects = raw.map(diagnosticsIn);
  const isFailed = (index: number) => [diagnostics, ofProjects[index]].some((of) => of?.errors.length);
  readShape(withBreakdown(isFailed), projects, file);
  const spelled = (path: string) => path.replace(RESOURCES, resources);
  const read = projects.map((project, index) => {
    const own = raw[index] ?? {};
    const of = ofProjects[index] ?? { ...diagnostics, lacksVariables };
    return {
      ...projectOf(project, lacksVariables || of.lacksVariables),
      errors: of.errors,
      warnings: of.warnings,
      unread: [
        ...unreadCosts(own, { fields: PROJECT, path: "projects[]." }),
        ...unstatedCosts(own, project),
      ].map(spelled),
      ignored: [
        ...unreadCounts(project.summary).map((key) => `projects[].summary.${key}`),
        ...ignoredContent(own, PROJECT, "projects[].").map(spelled),
        ...suspiciousFields(own.metadata).map((key) => `projects[].metadata.${key}`),
      ],
    };
  });
  return {
    ...header,
    projects: read,
    unsupported: unsupportedOf(summary),
    ...diagnostics,
    unread: [],
    metadata: metadata ?? {},
    ignored: [
      ...unreadCounts(summary).map((key) => `summary.${key}`),
      ...ignoredContent(content, FILE, ""),
      ...suspiciousFields(metadata).map((key) => `metadata.${key}`),
    ],
  };
}

/** A project that Infracost failed to read has no breakdown. */
function withBreakdown(isFailed: (index: number) => boolean) {
  return z.array(z.custom<ProjectV1>()).superRefine((projects, context) => {
    for (const [index, { breakdown }] of projects.entries()) {
      if (breakdown || isFailed(index)) continue;
      const path = ["projects", index, "breakdown"];
      context.addIssue({ code: "custom", path, message: "is missing, it must be an object" });
    }
  });
}

/** The reason why costs are not read, when a breakdown has no total, and its resources have no field of a cost. */
function unstatedCosts(project: JsonObject, { breakdown }: ProjectV1): string[] {
  if (breakdown?.totalMonthlyCost !== null) return [];
  const raw = isJsonObject(project.breakdown) ? project.breakdown.resources : undefined;
  if (!Array.isArray(raw) || raw.length === 0) return [];
  return raw.some((resource) => isJsonObject(resource) && Object.hasOwn(resource, "monthlyCost"))
    ? []
    : [`${RESOURCES} has no monthlyCost`];
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

function projectOf(
  project: ProjectV1,
  lacksVariables: boolean,
): Omit<InfracostProject, "errors" | "warnings" | "unread" | "ignored"> {
  const { breakdown, metadata } = project;
  const stated = breakdown?.totalMonthlyCost ?? null;
  const unsupported = unsupportedOf(project.summary);
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
    diffTotalMonthlyUsageCost timeGenerated summary`),
};
