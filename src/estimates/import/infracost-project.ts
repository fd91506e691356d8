import { stripVTControlCharacters } from "node:util";
import type { EstimateWarningInput } from "../../client/generated.ts";
import { type Decimal, sum } from "../../money.ts";
import type { InfracostDiagnostic, InfracostProject } from "./infracost-shape.ts";

/** A project of a file, told apart from the others. */
export interface IdentifiedProject {
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
export function identifyProjects(projects: readonly InfracostProject[]): IdentifiedProject[] {
  const taken = new Set<string>();
  return projects.map((project, index) => {
    const name = projectName(project);
    const identity = untaken(name ?? `project ${index + 1}`, taken);
    taken.add(identity);
    return { name: name && identity, identity, project };
  });
}

/** The total of a project: as it is stated, else the sum of what is known. */
export function projectTotal({ breakdown }: InfracostProject): Decimal {
  return breakdown?.totalMonthlyCost ?? sum((breakdown?.resources ?? []).flatMap((r) => r.monthlyCost ?? []));
}

/** What Infracost itself reports of a project. */
export function projectWarnings({ identity, project }: IdentifiedProject): EstimateWarningInput[] {
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
