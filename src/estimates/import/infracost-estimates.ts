import type { EstimateWarningInput, StoreEstimateInput } from "../../client/generated.ts";
import { sum } from "../../money.ts";
import type { InfracostContent } from "./infracost-content.ts";
import { readHeader } from "./infracost-header.ts";
import {
  type IdentifiedProject,
  identifyProjects,
  projectTotal,
  projectWarnings,
} from "./infracost-project.ts";
import { freeResource, type ImportedResource, pricedResource, type RegionOf } from "./infracost-resource.ts";
import { type InfracostFile, infracostFile } from "./infracost-shape.ts";
import * as warningsOf from "./infracost-warnings.ts";
import { readShape } from "./read-shape.ts";

/** What an Infracost file does not tell. */
export interface InfracostContext {
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
        ...(stated === null ? warningsOf.unstatedTotalWarnings(projects) : []),
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
    ...warningsOf.projectTotalsWarnings(file),
    ...projects.flatMap(projectWarnings),
    ...warningsOf.missingPriceWarnings(resources),
    ...warningsOf.unknownServiceWarnings(resources),
    ...(hasPlan ? warningsOf.unknownRegionWarnings(resources) : []),
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
