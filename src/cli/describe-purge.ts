import { pluralize } from "../lib/text.ts";
import type { ExpiredJob } from "../retention/purge.sql.ts";
import type { Purge } from "../retention/purge.ts";

/** How much has gone so far, in the order of time. */
export interface Tally {
  readonly jobs: number;
  readonly resources: number;
  readonly oldest: Date;
  readonly newest: Date;
  /** Jobs by project; null: of none. */
  readonly byProject: ReadonlyMap<string | null, number>;
}

/** The tally with one more batch. */
export function tallyOf(batch: readonly ExpiredJob[], before?: Tally): Tally | undefined {
  const [first] = batch;
  const last = batch.at(-1);
  if (first === undefined || last === undefined) return before;
  const byProject = new Map(before?.byProject);
  for (const { project } of batch) byProject.set(project, (byProject.get(project) ?? 0) + 1);
  return {
    jobs: (before?.jobs ?? 0) + batch.length,
    resources: batch.reduce((sum, { resourceCount }) => sum + resourceCount, before?.resources ?? 0),
    oldest: before?.oldest ?? first.createdAt,
    newest: last.createdAt,
    byProject,
  };
}

/** What went, or would go, for people: one line, and one for each project. */
export function describePurge(
  { id, createdBefore }: Pick<Purge, "id" | "createdBefore">,
  tally?: Tally,
): string {
  const rule = `stored before ${createdBefore.toISOString()}`;
  if (tally === undefined) return `Nothing to purge: no job ${rule} is to go.\n`;
  const lines = [
    `${id === null ? "would purge" : "purged"} ${pluralize(tally.jobs, "job")} with ${pluralize(tally.resources, "resource")}, ` +
      `stored from ${tally.oldest.toISOString()} to ${tally.newest.toISOString()}${id === null ? "" : ` (purge ${id})`}`,
    ...[...tally.byProject]
      .sort(([, a], [, b]) => b - a)
      .map(([project, jobs]) => `  ${jobs}  ${project ?? "(of no project)"}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** What went, or would go, for programs: a line of JSON for each job. */
export function jsonLines(batch: readonly ExpiredJob[], purgeId: string | null): string {
  return batch.map((job) => `${JSON.stringify({ ...job, purgeId })}\n`).join("");
}
