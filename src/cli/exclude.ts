import type { Command } from "commander";
import { request } from "../client/client.ts";
import { ExcludeJobDocument, IncludeJobDocument } from "../client/generated.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";

interface ExcludeOptions {
  readonly url: string;
  readonly reason: string;
}

interface IncludeOptions {
  readonly url: string;
  readonly reason?: string;
}

/** `exclude JOB` and `include JOB`: removes a job from its series, or adds it again, over the GraphQL API. */
export function addExcludeCommands(program: Command): void {
  program
    .command("exclude")
    .description("exclude a stored job from its series, trends and totals; the job itself stays as it is")
    .argument("<job>", "the id of the job")
    .requiredOption("--reason <text>", "the reason; a new reason replaces the previous one")
    .addOption(urlOption(process.env))
    .addHelpText("after", helpOf("excluded"))
    .action(exclude);
  program
    .command("include")
    .description("end the exclusion of a stored job")
    .argument("<job>", "the id of the job")
    .option("--reason <text>", "the reason for the record; default: none")
    .addOption(urlOption(process.env))
    .addHelpText("after", helpOf("not excluded any more"))
    .action(include);
}

function helpOf(done: string): string {
  return `
${SERVER_VARIABLES}
The token needs the scope admin. The command can be repeated safely.
Exit codes: 0 ${done}, 1 refused (no such job, or the scope is missing), 2 usage, 3 server unreachable after retries.`;
}

async function exclude(jobId: string, { url, reason }: ExcludeOptions): Promise<void> {
  const server = serverOf(url, process.env);
  const { excludeJob } = await request(server, ExcludeJobDocument, { input: { jobId, reason } });
  const { job } = excludeJob;
  print(`excluded  ${describeJob(job)}  ${job.exclusion?.reason ?? ""}`);
}

async function include(jobId: string, { url, reason }: IncludeOptions): Promise<void> {
  const server = serverOf(url, process.env);
  const { includeJob } = await request(server, IncludeJobDocument, { input: { jobId, reason } });
  print(`included  ${describeJob(includeJob.job)}`);
}

interface NamedJob {
  readonly id: string;
  readonly project: string | null;
  readonly branch: string | null;
}

function describeJob({ id, project, branch }: NamedJob): string {
  return [id, project ?? "(no project)", ...(branch === null ? [] : [branch])].join("  ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
