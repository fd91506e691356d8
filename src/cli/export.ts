import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type Command, Option } from "commander";
import { download } from "../client/client.ts";
import { ServerUnreachable } from "../client/transport.ts";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";

/** The file name of each format in the REST API. */
const FILES = { csv: "resources.csv", json: "resources.json", focus: "resources.focus.csv" } as const;

interface ExportOptions {
  readonly url: string;
  readonly format: keyof typeof FILES;
  readonly output?: string;
}

/** `export JOB`: writes the resources of a job to a file, or to standard output. */
export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("write the resources of a stored job as CSV, JSON, or CSV with FOCUS 1.2 columns")
    .argument("<job>", "the id of the job")
    .addOption(new Option("--format <format>", "the format").choices(Object.keys(FILES)).default("csv"))
    .addOption(urlOption(process.env))
    .option("--output <file>", "the file to write; default: standard output")
    .addHelpText("after", HELP)
    .action(exportJob);
}

const HELP = `
${SERVER_VARIABLES}
Exit codes: 0 written, 1 refused (the job does not exist), 2 usage, 3 server unreachable or response interrupted.`;

async function exportJob(job: string, { url, format, output }: ExportOptions): Promise<void> {
  const server = serverOf(url, process.env);
  const body = await download(server, `/jobs/${encodeURIComponent(job)}/${FILES[format]}`);
  // After the response: a missing job must not truncate an existing file.
  if (output === undefined) await writeToStdout(body, url);
  else await writeToFile(body, url, output);
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
