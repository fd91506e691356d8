import type { ProjectQuery, UsageProfile } from "../../generated.ts";

/** A series of a project: its amounts are never added to those of another one. */
export interface Series {
  readonly project: string;
  /** null: the default branch. */
  readonly branch: string | null;
  /** null: no usage profile. */
  readonly profile: UsageProfile | null;
  readonly currency: string;
  /** Whether a filter cannot select the series alone: it has no usage profile, and another series has one. */
  readonly isMixed: boolean;
}

/** The current amount of a usage profile in a currency. */
export type Group = ProjectQuery["portfolio"]["groups"][number];

/** The group of the URL, or the first one. */
export function selectedGroup(groups: readonly Group[], params: URLSearchParams): Group | undefined {
  return groups.find((group) => tabOf(group) === params.get("tab")) ?? groups[0];
}

/** The name of a group in the URL. */
export function tabOf({ key, currency }: Group): string {
  return key === null ? currency : `${key}-${currency}`;
}

/** The series of a group. @param branch null: the default branch. */
export function seriesOf(
  project: string,
  branch: string | null,
  group: Group,
  groups: readonly Group[],
): Series {
  const { currency } = group;
  // The keys are the names of the enum.
  const profile = group.key as UsageProfile | null;
  const isMixed =
    profile === null && groups.some((other) => other.key !== null && other.currency === currency);
  return { project, branch, profile, currency, isMixed };
}
