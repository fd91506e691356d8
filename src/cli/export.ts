import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type Command, Option } from "commander";
import { download, RequestRefused } from "../client/client.ts";
import { ServerUnreachable } from "../client/transport.ts";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";

/** The file name of each format in the REST API. */
const FILES = { csv: "resources.csv", json: "resources.json", focus: "resources.focus.csv" } as const;

/** The routes of a portfolio by format. An estimate of groups has no FOCUS columns. */
const PORTFOLIO_ROUTES: Readonly<Partial<Record<keyof typeof FILES, string>>> = {
  csv: "/portfolio.csv",
  json: "/portfolio",
};

interface ExportOptions {
  readonly url: string;
  readonly format: keyof typeof FILES;
  readonly output?: string;
  readonly portfolio?: true;
}

/** `export JOB` and `export --portfolio`: writes a report to a file, or to standard output. */
export function addExportCommand(program: Command): void {
  const command = program
    .command("export")
    .description(
      "write the resources of a stored job as CSV, JSON, or CSV with FOCUS 1.2 columns; or a portfolio as CSV or JSON",
    )
    .argument("[job]", "the id of the job")
    .addOption(new Option("--format <format>", "the format").choices(Object.keys(FILES)).default("csv"))
    .addOption(urlOption(process.env))
    .option("--output <file>", "the file to write; default: standard output")
    .option("--portfolio", "write the cost of the current jobs by group, instead of a job")
    .addHelpText("after", HELP)
    .action(exportReport);
  for (const { option, description, isList } of PORTFOLIO_OPTIONS) {
    const added = new Option(option, `with --portfolio: ${description}`);
    command.addOption(isList ? added.argParser(collect) : added);
  }
}

/** An option of a portfolio, and its parameter in the REST API. */
interface PortfolioOption {
  readonly option: string;
  readonly parameter: string;
  readonly description: string;
  /** Whether the option can be repeated. */
  readonly isList?: true;
}

/** The server checks the values, so that a newer server can accept more. */
const PORTFOLIO_OPTIONS: readonly PortfolioOption[] = [
  {
    option: "--group-by <group>",
    parameter: "group_by",
    description:
      "total, project (default), branch, profile, provider, service, region, resource_type, module, tag or label",
  },
  { option: "--key <key>", parameter: "key", description: "the key of --group-by tag or label" },
  { option: "--limit <number>", parameter: "limit", description: "the groups of each currency; default: 20" },
  { option: "--as-of <time>", parameter: "as_of", description: "the moment; default: now" },
  { option: "--max-age-days <days>", parameter: "max_age_days", description: "without older jobs" },
  {
    option: "--project <name>",
    parameter: "projects",
    description: "only this project; can be repeated",
    isList: true,
  },
  {
    option: "--project-prefix <text>",
    parameter: "project_prefix",
    description: "only projects whose name begins with this text",
  },
  { option: "--branch <name>", parameter: "branch", description: "only jobs of this branch" },
  { option: "--profile <profile>", parameter: "profile", description: "only dev, staging or prod" },
  { option: "--currency <code>", parameter: "currency", description: "only jobs in this currency" },
  {
    option: "--label <key=value>",
    parameter: "label",
    description: "only jobs with this label; can be repeated",
    isList: true,
  },
  { option: "--commit-sha <sha>", parameter: "commit_sha", description: "only jobs of this commit" },
  {
    option: "--pull-request-url <url>",
    parameter: "pull_request_url",
    description: "only jobs of this pull request",
  },
  { option: "--run-id <id>", parameter: "run_id", description: "only jobs of this CI run" },
];

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

const HELP = `
${SERVER_VARIABLES}
Exit codes: 0 written, 1 refused (the job does not exist, or a value is invalid), 2 usage, 3 server unreachable or
response interrupted.`;

async function exportReport(
  job: string | undefined,
  options: ExportOptions,
  command: Command,
): Promise<void> {
  const { url, output } = options;
  const path = pathOf(job, options, command);
  const server = serverOf(url, process.env);
  const body = await download(server, path).catch((error) => {
    throw error instanceof RequestRefused ? inOptions(error) : error;
  });
  // After the response: a missing job must not truncate an existing file.
  if (output === undefined) await writeToStdout(body, url);
  else await writeToFile(body, url, output);
}

/** @throws UsageError for options that do not belong together. */
function pathOf(job: string | undefined, { format, portfolio }: ExportOptions, command: Command): string {
  const search = searchOf(command);
  if (portfolio) {
    if (job !== undefined) throw new UsageError("state the id of a job or --portfolio, not both");
    const route = PORTFOLIO_ROUTES[format];
    if (route === undefined) throw new UsageError(`--portfolio has the formats csv and json, not ${format}`);
    return search === "" ? route : `${route}?${search}`;
  }
  if (job === undefined) throw new UsageError("missing required argument: the id of a job, or --portfolio");
  if (search !== "") throw new UsageError("the options of a portfolio require --portfolio");
  return `/jobs/${encodeURIComponent(job)}/${FILES[format]}`;
}

/** The options of a portfolio that are given, as the query of its route. */
function searchOf(command: Command): string {
  const search = new URLSearchParams();
  for (const { option, parameter } of PORTFOLIO_OPTIONS) {
    const value: string | string[] | undefined = command.getOptionValue(new Option(option).attributeName());
    for (const one of [value ?? []].flat()) search.append(parameter, one);
  }
  return search.toString();
}

/** The flags of the options by parameter: --group-by by group_by. */
const FLAGS = new Map(PORTFOLIO_OPTIONS.map(({ option, parameter }) => [parameter, option.split(" ")[0]]));

/** The error with the options in place of the parameters: "--key is required with --group-by tag". */
function inOptions({ message, problems }: RequestRefused): RequestRefused {
  const spelled = problems.reduce(
    (text, { path, message: rule }) =>
      text.replace(`${path} ${rule}`, () => {
        const subject = path.replace(/^\w+/, (parameter) => FLAGS.get(parameter) ?? parameter);
        const sentence = rule.replaceAll(/\b(\w+)=/g, (found, parameter) => {
          const flag = FLAGS.get(parameter);
          return flag === undefined ? found : `${flag} `;
        });
        return `${subject} ${sentence}`;
      }),
    message,
  );
  return new RequestRefused(spelled);
}

async function writeToStdout(body: ReadableStream<Uint8Array>, url: string): Promise<void> {
  try {
    await pipeline(received(body, url), process.stdout, { end: false });
  } catch (error) {
    // A reader that closes the pipe early (| head) is not an error.
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

async function writeToFile(body: ReadableStream<Uint8Array>, url: string, file: string): Promise<void> {
  const handle = await openFile(file);
  try {
    await pipeline(received(body, url), handle.createWriteStream());
  } catch (error) {
    throw error instanceof ServerUnreachable
      ? new ServerUnreachable(`${error.message} ${file} is incomplete.`)
      : new Error(`${file} is incomplete: ${errorMessage(error)}.`);
  }
}

/** The response body. An error of the response is marked here: later it looks like an error of the file. */
async function* received(body: ReadableStream<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new ServerUnreachable(
      `The response of ${url} was interrupted (${errorMessage(error)}). Try again.`,
    );
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, "w");
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorMessage(error)}`);
  }
}
