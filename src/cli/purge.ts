import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { pluralize } from "../lib/text.ts";
import type { ExpiredJob } from "../retention/purge.sql.ts";
import type { Purge } from "../retention/purge.ts";
import { AGE_RULE, parseAge } from "../retention/retention-rule.ts";

interface PurgeOptions {
  readonly olderThan: number;
  readonly keepLatest?: number;
  readonly project?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `purge`: deletes old jobs and records the deletion. */
export function addPurgeCommand(program: Command): void {
  program
    .command("purge")
    .description("delete old jobs permanently and record the deletion")
    .requiredOption("--older-than <age>", "delete jobs older than this, such as 400d or 12w", parseAgeOption)
    .option(
      "--keep-latest <count>",
      "keep this number of newest members of each series (complete, not excluded)",
      parseCount,
    )
    .option("--project <name>", "delete jobs of this project only", parseName)
    .option("--by <name>", "the name in the record; default: the account of the operating system", parseName)
    .option("--dry-run", "print the result without deleting anything")
    .option("--json", "print a line of JSON for each deleted job")
    .addHelpText("after", HELP)
    .action(purge);
}

const HELP = `
A series is one project, branch, profile and currency. A job without a project has no series: only its age counts.
Uses the database of OWNER_DATABASE_URL or DATABASE_URL, or the embedded one; the server may be running.
The login needs the role results_storage_retention. An interrupted purge can be run again at any time.
Exit codes: 0 done, 1 failed (the printed jobs are deleted), 2 usage.`;

/** Parses an age such as 400d. @returns days. */
export function parseAgeOption(text: string): number {
  const days = parseAge(text);
  if (days === undefined) throw new InvalidArgumentError(`It ${AGE_RULE}.`);
  return days;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError("It must be a whole number from 1 to 999999.");
  return Number(text);
}

/** An empty name, from an unset variable of a script, must not purge all projects or leave the record unsigned. */
function parseName(text: string): string {
  if (text.trim() === "" || text.includes("\0")) throw new InvalidArgumentError("It must be a name.");
  return text;
}

async function purge(options: PurgeOptions): Promise<void> {
  const rule = {
    olderThanDays: options.olderThan,
    keepLatest: options.keepLatest,
    project: options.project,
  };
  const { withTables } = await import("./with-database.ts");
  const { previewPurge, purgeJobs } = await import("../retention/purge.ts");
  await withTables("results_storage_retention", async (openSession) => {
    const db = openSession();
    const running = options.dryRun
      ? previewPurge(db, rule)
      : purgeJobs(db, rule, options.by ?? accountName());
    await printPurge(await running, options.json ?? false);
  });
}

/** Containers often run under a user id without a name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

/** Prints the deleted jobs, also when the purge fails after some batches: those batches are committed. */
async function printPurge(running: Purge, asJson: boolean): Promise<void> {
  let tally: Tally | undefined;
  try {
    for await (const batch of running.batches) {
      tally = addToTally(batch, tally);
      if (asJson) process.stdout.write(jsonLines(batch, running.id));
    }
  } catch (error) {
    if (tally !== undefined && !asJson) process.stdout.write(describePurge(running, tally));
    throw error;
  }
  if (!asJson) process.stdout.write(describePurge(running, tally));
}

/** The sums over the batches of a purge. Batches are ordered by time. */
interface Tally {
  readonly jobs: number;
  readonly resources: number;
  readonly oldest: Date;
  readonly newest: Date;
  /** Jobs by project; null: jobs without a project. */
  readonly byProject: ReadonlyMap<string | null, number>;
}

/** The tally with one more batch. */
export function addToTally(batch: readonly ExpiredJob[], before?: Tally): Tally | undefined {
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

/** A line of JSON for each job of a batch. */
function jsonLines(batch: readonly ExpiredJob[], purgeId: string | null): string {
  return batch.map((job) => `${JSON.stringify({ ...job, purgeId })}\n`).join("");
}

/** The text output: one line of sums, and one for each project. */
export function describePurge(
  { id, createdBefore }: Pick<Purge, "id" | "createdBefore">,
  tally?: Tally,
): string {
  const rule = `stored before ${createdBefore.toISOString()}`;
  if (tally === undefined) return `Nothing to purge: no job ${rule} matches.\n`;
  const lines = [
    `${id === null ? "would purge" : "purged"} ${pluralize(tally.jobs, "job")} with ${pluralize(tally.resources, "resource")}, ` +
      `stored from ${tally.oldest.toISOString()} to ${tally.newest.toISOString()}${id === null ? "" : ` (purge ${id})`}`,
    ...[...tally.byProject]
      .sort(([, a], [, b]) => b - a)
      .map(([project, jobs]) => `  ${jobs}  ${project ?? "(no project)"}`),
  ];
  return `${lines.join("\n")}\n`;
}
