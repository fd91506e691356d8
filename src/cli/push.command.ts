import { type Command, InvalidArgumentError, Option } from "commander";
import { readCiContext } from "./ci-context.ts";
import { describeStored, type Stored } from "./describe-stored.ts";
import { identifyJobs, type Overrides } from "./identify-job.ts";
import { readEstimates } from "./read-estimates.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";
import { storeJobs } from "./store-jobs.ts";

interface PushOptions extends Overrides {
  readonly url: string;
  readonly region?: string;
  readonly plan?: string;
  readonly merge?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `push FILE...`: stores the estimates of the files over the GraphQL API. */
export function addPushCommand(program: Command): void {
  program
    .command("push")
    .description("store the estimates of files: Infracost JSON of any year, or the service's own")
    .argument("<file...>", 'the files; "-" is standard input')
    .addOption(urlOption(process.env))
    .option("--region <region>", "the region of every resource of a file that names none")
    .option("--plan <file>", "the Terraform plan (terraform show -json): gives regions and the plan's hash")
    .option("--merge", "store the projects of a file as one job instead of one job each")
    .option("--project <name>", "the project; stands before the file's own names when it has several")
    .option("--branch <name>", "the branch; else from the file or CI")
    .option("--commit <sha>", "the commit; else from the file or CI")
    .option("--pull-request <url>", "the pull request; else from the file or CI")
    .option("--user <id>", "who stores it")
    .addOption(new Option("--profile <profile>", "the usage assumptions").choices(["dev", "staging", "prod"]))
    .option("--label <key=value>", "attach a label; can be repeated", addLabel)
    .option("--idempotency-key <key>", "the key that makes a repetition safe; else from the CI job's attempt")
    .option("--dry-run", "print what would be sent, and send nothing")
    .option("--json", "print the stored jobs as JSON")
    .addHelpText("after", EXPLANATION)
    .action(push);
}

const EXPLANATION = `
${SERVER_VARIABLES}
Exit codes: 0 stored, 1 refused, 2 usage, 3 server unreachable after retries.`;

async function push(files: readonly string[], options: PushOptions): Promise<void> {
  const server = serverOf(options.url, process.env);
  const read = await readEstimates(files, options);
  const jobs = identifyJobs(read, options, readCiContext(process.env, process.cwd()));
  if (options.dryRun) return print(JSON.stringify(jobs, null, 2));
  const stored: Stored[] = [];
  try {
    await storeJobs(server, jobs, stored);
  } finally {
    if (options.json) print(JSON.stringify(stored, null, 2));
    else if (stored.length > 0) print(stored.map(describeStored).join("\n"));
  }
}

function addLabel(text: string, labels: Record<string, string> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError("It must look like key=value.");
  return { ...labels, [key]: value };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
