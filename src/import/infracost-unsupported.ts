import type { EstimateWarningInput } from "../estimates/estimate.ts";
import { pluralize } from "../lib/text.ts";
import { addCounts, countAll, type InfracostFile, type InfracostProject } from "./infracost-file.ts";
import { listNames } from "./read-file.ts";

/** The resources of a job that are not priced and not among its resources. */
interface JobCoverage {
  /** undefined: unknown. */
  readonly count: number | undefined;
  /** The least number, if the number is unknown. */
  readonly least: number;
  readonly byType: ReadonlyMap<string, number>;
  /** The number in the summary of a file whose other projects are in other jobs; undefined when it is of no use. */
  readonly ofFile?: number;
}

/**
 * The unsupported resources of the projects of a job. The summary of the file covers all its projects. So it has the
 * number of a job only if all projects are in the job, or if nothing is left beside the numbers of the others.
 */
export function unsupportedOf(file: InfracostFile, projects: readonly InfracostProject[]): JobCoverage {
  const stated = statedBy(projects);
  if (stated.projects === projects.length) return { count: stated.least, ...stated };
  const ofFile = file.unsupported;
  if (ofFile !== undefined && projects.length === file.projects.length) {
    const count = Math.max(ofFile.count, stated.least);
    return { count, least: count, byType: ofFile.byType };
  }
  if (ofFile === undefined) return { count: undefined, ...stated };
  const all = statedBy(file.projects);
  const listed = file.projects.flatMap(({ resources }) => resources.filter((r) => r.isUnsupported)).length;
  const left = ofFile.count - all.least - listed;
  return left > 0
    ? { count: undefined, ...stated, ofFile: ofFile.count }
    : { count: stated.least, ...stated };
}

function statedBy(projects: readonly InfracostProject[]) {
  const stated = projects.flatMap(({ unsupported }) => unsupported ?? []);
  const least = countAll(stated.map(({ count }) => count));
  return { projects: stated.length, least, byType: addCounts(stated.map((of) => of.byType)) };
}

/**
 * The warnings about resources without a price.
 * @param listed the types of the unsupported resources that are among the resources of the job.
 */
export function unsupportedWarnings(
  { count, least, byType, ofFile }: JobCoverage,
  listed: readonly string[],
): EstimateWarningInput[] {
  const known = (count ?? least) + listed.length;
  const groups = Map.groupBy(listed, (type) => type);
  const ofListed = new Map([...groups].map(([type, { length }]) => [type, length] as const));
  const names = [...addCounts([byType, ofListed])]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, number]) => `${type} (${number})`);
  const types = names.length === 0 ? "not stated" : listNames(names);
  const messages = [
    known > 0 &&
      `The cost of ${count === undefined && least > 0 ? "at least " : ""}${pluralize(known, "resource")} is unknown, because Infracost does not support the types: ${types}`,
    count === undefined &&
      least > 0 &&
      "The number of unsupported resources is unknown, because not every project states it",
    ofFile !== undefined &&
      `Infracost does not support ${pluralize(ofFile, "resource")} of the file, and the file does not state their projects. The number of this job is unknown. With --merge, the job has the number of the file`,
  ];
  return messages
    .filter((message) => message !== false)
    .map((message) => ({ code: "UNSUPPORTED_RESOURCES", message }));
}
