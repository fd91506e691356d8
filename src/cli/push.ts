import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { type Command, InvalidArgumentError, Option } from "commander";
import { RequestRefused, request } from "../client/client.ts";
import {
  StoreEstimateDocument,
  type StoreEstimateInput,
  type StoreEstimateMutation,
} from "../client/generated.ts";
import type { Server } from "../client/transport.ts";
import { FAILURE_CODE } from "../database/derived-columns.ts";
import { isComplete } from "../estimates/totals.ts";
import { type ImportOptions, importEstimates, UnreadableEstimate } from "../import/import-estimates.ts";
import { errorMessage } from "../lib/errors.ts";
import { pluralize } from "../lib/text.ts";
import { ConditionFailed, UsageError } from "./exit-codes.ts";
import { identifyJobs, type Overrides } from "./identify-jobs.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";

interface PushOptions extends Overrides {
  readonly url: string;
  readonly region?: string;
  readonly plan?: string;
  readonly merge?: boolean;
  readonly requireComplete?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `push FILE...`: stores the estimates of the files over the GraphQL API. */
export function addPushCommand(program: Command): void {
  program
    .command("push")
    .description("store the estimates of files: Infracost JSON of any year and version, or the native format")
    .argument("<file...>", 'the files; "-" is standard input')
    .addOption(urlOption(process.env))
    .option("--project <name>", "the project; a prefix of the names when there are several jobs")
    .option("--branch <name>", "the branch; default: from the file or CI, as for the next options")
    .option("--default-branch <name>", "the name of the repository's main branch")
    .option("--commit <sha>", "the commit")
    .option("--commit-url <url>", "the page of the commit")
    .option("--no-author", "leave out the author of the commit")
    .option("--pull-request <url>", "the pull request")
    .option("--target-branch <name>", "the branch into which the pull request is to be merged")
    .option("--run-id <id>", "the CI run, the same for all of its jobs")
    .option("--run-url <url>", "the page of the CI run")
    .option("--region <region>", "the region of every resource of a file without regions")
    .option(
      "--plan <file>",
      "the Terraform plan (terraform show -json): the source of regions and of the plan's hash",
    )
    .option("--merge", "store all projects of a file as one job instead of one job each")
    .option("--user <id>", "the user who stores the jobs")
    .addOption(new Option("--profile <profile>", "the usage assumptions").choices(["dev", "staging", "prod"]))
    .option("--label <key=value>", "attach a label; can be repeated", addLabel)
    .option("--idempotency-key <key>", "the key for safe retries; default: from the attempt of the CI job")
    .option("--require-complete", "exit with 4 when a stored job is incomplete: its total is partial")
    .option("--dry-run", "print the jobs without sending them")
    .option("--json", "print the stored jobs as JSON")
    .addHelpText("after", HELP)
    .action(push);
}

const HELP = `
Files of Infracost:
  infracost breakdown --path plan.json --format json --out-file infracost.json   (Infracost 0.10)
  infracost scan --json . > infracost.json                                       (Infracost 2)

${SERVER_VARIABLES}
Exit codes: 0 stored, 1 refused, 2 usage, 3 server unreachable after retries, 4 stored, but a job is incomplete
(--require-complete).`;

function addLabel(text: string, labels: Record<string, string> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError("It must look like key=value.");
  return { ...labels, [key]: value };
}

async function push(files: readonly string[], options: PushOptions): Promise<void> {
  const server = serverOf(options.url, process.env);
  const read = await readEstimates(files, options);
  const { readCiContext } = await import("./ci.ts");
  const jobs = identifyJobs(read, options, readCiContext(process.env, process.cwd(), options.defaultBranch));
  if (options.dryRun) {
    print(JSON.stringify(jobs, null, 2));
    return options.requireComplete ? requireComplete(jobs.map(stateOfInput)) : undefined;
  }
  const stored: Stored[] = [];
  try {
    await storeJobs(server, jobs, stored);
  } finally {
    if (options.json) print(JSON.stringify(stored, null, 2));
    else if (stored.length > 0) print(stored.map(describeStored).join("\n"));
  }
  if (options.requireComplete) requireComplete(stored.map(({ job }) => job));
}

/** The fields of a job that decide whether its total is partial. */
type JobState = Pick<Stored["job"], "project" | "isComplete" | "warnings">;

/** The state that the server will give to a job. */
function stateOfInput({ project, estimate }: StoreEstimateInput): JobState {
  return { project: project ?? null, isComplete: isComplete(estimate), warnings: estimate.warnings ?? [] };
}

/** @throws ConditionFailed with the name of each incomplete job and the reason. */
function requireComplete(jobs: readonly JobState[]): void {
  const reasons = jobs.flatMap((job, index) => (job.isComplete ? [] : [reasonOf(job, index)]));
  if (reasons.length > 0) throw new ConditionFailed(reasons.join("\n"));
}

function reasonOf({ project, warnings }: JobState, index: number): string {
  const failures = warnings.flatMap(({ code, message }) => (code === FAILURE_CODE ? [message] : []));
  const reason = failures.join("; ") || "the estimate states that it is incomplete";
  return `${nameOf(project, index)} is incomplete (--require-complete): ${reason}`;
}

/** The variables of CI systems with the folder of the clone. */
const CHECKOUT_VARIABLES: readonly string[] = [
  "CI_PROJECT_DIR",
  "GITHUB_WORKSPACE",
  "BITBUCKET_CLONE_DIR",
  "BUILDKITE_BUILD_CHECKOUT_PATH",
  "BUILD_SOURCESDIRECTORY",
  "CODEBUILD_SRC_DIR",
  "TRAVIS_BUILD_DIR",
  "APPVEYOR_BUILD_FOLDER",
  "CI_WORKSPACE",
];

/** Like ImportOptions, with the file name of the plan. */
interface ReadOptions extends Omit<ImportOptions, "plan" | "checkout"> {
  readonly plan?: string;
}

/**
 * Reads all files ("-": standard input) before the first request.
 * @throws UsageError when a file cannot be read, UnreadableEstimate when it is not an estimate.
 */
async function readEstimates(
  files: readonly string[],
  { region, plan, merge = false }: ReadOptions,
): Promise<StoreEstimateInput[]> {
  if ([...files, plan].filter((file) => file === "-").length > 1)
    throw new UsageError("Standard input (-) can be given once.");
  const planText = plan === undefined ? {} : { plan: await readText(plan) };
  const read = await Promise.all(files.map(async (file) => ({ file, content: await readText(file) })));
  const checkout = CHECKOUT_VARIABLES.map((name) => process.env[name]).find(Boolean);
  const options = {
    merge,
    ...(checkout !== undefined && { checkout }),
    ...(region !== undefined && { region }),
    ...planText,
  };
  return read.flatMap(({ file, content }) => importFile(file, content, options));
}

/**
 * The text of a file, or of standard input ("-").
 * @throws UsageError when the file cannot be read, UnreadableEstimate when it is not text.
 */
async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  // UTF-8, or the UTF-16 of PowerShell's ">".
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableEstimate(`${file} is not text in UTF-8. Give the file as its tool wrote it.`);
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return file === "-" ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${errorMessage(error)}`);
  }
}

function importFile(file: string, content: string, options: ImportOptions): StoreEstimateInput[] {
  try {
    return importEstimates(content, options);
  } catch (error) {
    if (error instanceof UnreadableEstimate) throw new UnreadableEstimate(`${file}: ${error.message}`);
    throw error;
  }
}

/**
 * Stores the jobs in sequence: jobs of one project keep the order of the files.
 * @param stored the result, filled step by step: a later failure does not undo the stored jobs.
 * @throws RequestRefused with the name of the job, when there are several.
 */
async function storeJobs(
  server: Server,
  jobs: readonly StoreEstimateInput[],
  stored: Stored[],
): Promise<void> {
  try {
    for (const [index, input] of jobs.entries()) {
      showProgress(`storing ${index + 1} of ${jobs.length}`, jobs.length);
      stored.push((await request(server, StoreEstimateDocument, { input })).storeEstimate);
    }
  } catch (error) {
    if (!(error instanceof RequestRefused) || jobs.length === 1) throw error;
    throw new RequestRefused(
      `${nameOf(jobs[stored.length]?.project, stored.length)} is refused. ${error.message}`,
    );
  } finally {
    showProgress("", jobs.length);
  }
}

function nameOf(project: string | null | undefined, index: number): string {
  return `Job ${index + 1}${project ? ` (${project})` : ""}`;
}

/** Fewer jobs are stored within about a second. */
const MIN_JOBS_FOR_PROGRESS = 5;

/** Overwrites one line of the terminal. */
function showProgress(line: string, jobCount: number): void {
  if (jobCount >= MIN_JOBS_FOR_PROGRESS && process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

/** The response of the server for one estimate. */
export type Stored = StoreEstimateMutation["storeEstimate"];

/** The text output: one line, and one for each warning. */
function describeStored({ job, created }: Stored): string {
  const unknown = job.unpricedResourceCount === 0 ? "" : `, ${job.unpricedResourceCount} of unknown cost`;
  const unsupported = job.unsupportedResourceCount ? `, ${job.unsupportedResourceCount} unsupported` : "";
  const line = [
    created ? "stored" : "already stored",
    job.id,
    `${job.totalMonthlyCost} ${job.currency} a month${job.isComplete ? "" : " (incomplete)"}`,
    `${pluralize(job.resourceCount, "resource")}${unknown}${unsupported}`,
    job.project ?? "",
  ];
  return [
    line.join("  ").trimEnd(),
    ...job.warnings.map(({ code, message }) => `  ${code}: ${message}`),
  ].join("\n");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
