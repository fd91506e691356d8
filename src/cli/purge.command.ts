import { type Command, InvalidArgumentError } from "commander";
import { AGE_RULE, parseAge } from "../retention/retention-rule.ts";

/** What `purge` is called with. */
export interface PurgeOptions {
  readonly olderThan: number;
  readonly keepLatest?: number;
  readonly project?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `purge`: removes old jobs for good, and keeps a record of what went. */
export function addPurgeCommand(program: Command): void {
  program
    .command("purge")
    .description("remove old jobs for good, whole, and keep a record of what went, when and by whom")
    .requiredOption(
      "--older-than <age>",
      "only jobs that were stored so long ago, such as 400d or 12w",
      readAge,
    )
    .option("--keep-latest <count>", "and are not among so many newest jobs of their series", readCount)
    .option("--project <name>", "and belong to this project", readName)
    .option(
      "--by <name>",
      "who asks for it, for the record; else the account of the operating system",
      readName,
    )
    .option("--dry-run", "print what would go, and remove nothing")
    .option("--json", "print each job that went as a line of JSON")
    .addHelpText("after", EXPLANATION)
    .action(async (options: PurgeOptions) => {
      // Only when it is needed: loading the ORM takes longer than all that a push has to do.
      const { purge } = await import("./purge.ts");
      await purge(options);
    });
}

const EXPLANATION = `
A series is one project, branch, profile and currency. A job without a project is in no series: its age alone decides.
Works on the database of OWNER_DATABASE_URL or DATABASE_URL, else on the embedded one, beside a server that runs.
Its user takes the role results_storage_retention. Can be broken off and run again at any time.
Exit codes: 0 done, 1 failed (what has been printed is gone), 2 usage.`;

function readAge(text: string): number {
  const days = parseAge(text);
  if (days === undefined) throw new InvalidArgumentError(`It ${AGE_RULE}.`);
  return days;
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError("It must be a whole number from 1 to 999999.");
  return Number(text);
}

function readName(text: string): string {
  // An unset variable of a script must not turn "one project" into "all of them", nor leave the record without a name.
  if (text.trim() === "" || text.includes("\0")) throw new InvalidArgumentError("It must be a name.");
  return text;
}
