import { addsUpInDoubles, type Decimal, isZero, parseDouble } from "../lib/money.ts";
import { diagnosticsIn, isDiagnostic, suspiciousFields } from "./infracost-diagnostics.ts";
import {
  fieldNames,
  type InfracostFile,
  type InfracostProject,
  type InfracostResource,
  ignoredContent,
  type KnownFields,
  knownCosts,
  totalOf,
  unreadCosts,
} from "./infracost-file.ts";
import { hasUnreadComponent, resourceOf } from "./infracost-v2-resource.ts";
import {
  camelCase,
  fieldName,
  keysOf,
  type ProjectV2,
  type ScanV2,
  scan,
  spelledLike,
} from "./infracost-v2-shape.ts";
import { nameInFile } from "./project-name.ts";
import {
  countOf,
  hasContent,
  isJsonObject,
  type JsonObject,
  listNames,
  readShape,
  UnreadableEstimate,
} from "./read-file.ts";

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
  if (!Array.isArray(projects) || projects.some(hasBreakdown)) return undefined;
  if (!projects.some(isScanned) && !hasScanFields(file)) return undefined;
  return fileOf(readShape(scan, file, { name: "The Infracost file", spell: spelledLike(file) }), file);
}

function withoutProjects(file: JsonObject, fact: string): UnreadableEstimate {
  const command = V1_FIELDS.some((name) => Object.hasOwn(file, name)) ? "breakdown" : "scan --json";
  const { errors } = diagnosticsIn(file);
  const reason = errors.length === 0 ? "" : ` Infracost failed: ${listNames(errors, "; ")}.`;
  return new UnreadableEstimate(
    `The file is the output of \`infracost ${command}\` without projects (${fact}): there is nothing to store.${reason} ${ADVICE}`,
  );
}

/** Fields of the root of Infracost 0.10, which the format of version 2 does not have. */
const V1_FIELDS = ["totalMonthlyCost", "timeGenerated", "totalHourlyCost"];

/** Whether the root is that of a scan, apart from its projects. */
function isScan(file: JsonObject): boolean {
  const names = namesIn(file);
  return (
    (names.has("projects") &&
      (names.has("currency") || Object.keys(file).some((key) => isDiagnostic(key, file[key])))) ||
    hasScanFields(file)
  );
}

function hasScanFields(file: JsonObject): boolean {
  const names = namesIn(file);
  return SCAN_FIELDS.some((name) => names.has(name));
}

function namesIn(file: JsonObject): Set<string> {
  return new Set(
    Object.keys({ ...file, ...(isJsonObject(file.summary) ? file.summary : {}) }).map(camelCase),
  );
}

const SCAN_FIELDS = ["costedResources", "guardrailResults", "budgetResults"];

function isScanned(project: unknown): boolean {
  return isJsonObject(project) && Object.keys(project).some((key) => SCANNED_FIELDS.has(camelCase(key)));
}

const SCANNED_FIELDS = new Set([
  ...["projectName", "resources", "diagnostics", "diags", "finopsResults", "taggingResults"],
]);

function hasBreakdown(project: unknown): boolean {
  return isJsonObject(project) && Object.hasOwn(project, "breakdown");
}

function fileOf(read: ScanV2, file: JsonObject): InfracostFile {
  const raw = Array.isArray(file.projects) ? file.projects : [];
  const { errors, warnings, lacksVariables } = diagnosticsIn(file);
  const stated = read.totalMonthlyCost ?? summaryTotal(read.summary);
  const projects = read.projects.map((project, index) => projectOf(project, raw[index], lacksVariables));
  const totals = projects.map((project) => project.totalMonthlyCost);
  const resources = projects.flatMap((project) => project.resources);
  return {
    currency: read.currency,
    timeGenerated: read.timeGenerated,
    // Stated totals are rounded. One that differs by more than rounding is kept, and reported.
    totalMonthlyCost: stated !== null && addsUpInDoubles(stated, totals, termsOf(resources)) ? null : stated,
    projects,
    unsupported: undefined,
    errors,
    warnings,
    unread: unreadSummary(stated, read.summary, resources),
    metadata: camelCased({ ...file, ...read.metadata }),
    ignored: [
      ...ignoredContent(file, FILE, "", fieldName),
      ...suspiciousFields(file.metadata).map((key) => `metadata.${key}`),
    ],
  };
}

function projectOf(project: ProjectV2, raw: unknown, fileLacksVariables: boolean): InfracostProject {
  const own = isJsonObject(raw) ? raw : {};
  const { errors, warnings, lacksVariables } = diagnosticsIn(own);
  const resources = (project.resources ?? []).map((resource) =>
    resourceOf(resource, fileLacksVariables || lacksVariables),
  );
  const total = totalOf(resources);
  const stated = project.totalMonthlyCost ?? summaryTotal(project.summary);
  const unread = (project.resources ?? []).filter(hasUnreadComponent).map(({ name }) => name);
  return {
    name: projectName(project),
    resources,
    // A stated total that differs by more than rounding is kept, and reported.
    totalMonthlyCost:
      stated === null || addsUpInDoubles(stated, [total], termsOf(resources)) ? total : stated,
    // The format lists every component, so that a missing total is not an assumption.
    hasTotal: true,
    errors,
    warnings,
    unread: [
      ...unreadCosts(
        own,
        { fields: PROJECT, path: "projects[].", nameOf: fieldName },
        project.resources !== undefined,
      ),
      ...(unread.length === 0 ? [] : [`components without a cost are in ${listNames(unread)}`]),
      ...unreadSummary(stated, project.summary, resources),
    ],
    unsupported: undefined,
    metadata: camelCased(project.metadata ?? {}),
    ignored: [
      ...ignoredContent(own, PROJECT, "projects[].", fieldName),
      ...suspiciousFields(own.metadata).map((key) => `projects[].metadata.${key}`),
    ],
  };
}

/** The reason why costs are not read, when the summary states costs or resources, and none is read. */
function unreadSummary(
  total: Decimal | null,
  summary: unknown,
  resources: readonly InfracostResource[],
): string[] {
  const known = resources.filter(({ totalMonthlyCost }) => totalMonthlyCost !== null);
  const statesCost = total !== null && !isZero(total);
  if (statesCost && known.length === 0) return [`a total of ${total} is stated, and no cost is found`];
  const counts = isJsonObject(summary) ? Object.entries(summary) : [];
  const statesResources = counts.some(
    ([key, value]) => RESOURCE_COUNTS.has(camelCase(key)) && countOf(value) !== 0 && hasContent(value),
  );
  return statesResources && resources.length === 0 ? ["the summary states resources, and none is found"] : [];
}

const RESOURCE_COUNTS = new Set(["resources", "costedResources", "freeResources", "totalResources"]);

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
  known: fieldNames("name path totalMonthlyCost metadata summary"),
  inside: { resources: RESOURCE },
};

const FILE: KnownFields = {
  known: fieldNames(
    "currency summary projects metadata totalMonthlyCost version timeGenerated branch commit commitSha",
  ),
};
