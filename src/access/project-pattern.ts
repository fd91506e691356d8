/**
 * Which projects: one by its name, or all below a name ("acme/shop/*"), as `push` names the projects of a file that
 * has several. A name of its own, for it is text in a token, in a claim rule and in SQL.
 */
export type ProjectPattern = string;

const BELOW = "/*";

/** A list of patterns as the conditions that it stands for. */
export interface ProjectConditions {
  readonly names: readonly string[];
  /** What the names of the others begin with, slash included. */
  readonly prefixes: readonly string[];
}

/** Takes patterns apart. */
export function conditionsOf(patterns: readonly ProjectPattern[]): ProjectConditions {
  return {
    names: patterns.filter((pattern) => !pattern.endsWith(BELOW)),
    prefixes: patterns.filter((pattern) => pattern.endsWith(BELOW)).map((pattern) => pattern.slice(0, -1)),
  };
}

/** Whether one of the patterns stands for the project. */
export function coversProject(patterns: readonly ProjectPattern[], project: string): boolean {
  const { names, prefixes } = conditionsOf(patterns);
  return names.includes(project) || prefixes.some((prefix) => project.startsWith(prefix));
}
