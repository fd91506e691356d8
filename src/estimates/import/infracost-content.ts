import { isJsonObject, type JsonObject } from "./json-fields.ts";
import type { ReadFile } from "./read-shape.ts";

/** What an Infracost file holds, in the shape that all have since 2021. */
export interface InfracostContent {
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
