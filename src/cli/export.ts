import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type Command, Option } from "commander";
import { download } from "../client/client.ts";
import { ServerUnreachable } from "../client/transport.ts";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";
import { SERVER_VARIABLES, serverOf, urlOption } from "./server-option.ts";

/** The file of the server that each format is. */
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
    .description("write the resources of a stored job as CSV, JSON, or CSV with the columns of FOCUS 1.2")
    .argument("<job>", "the job's id")
    .addOption(new Option("--format <format>", "the format").choices(Object.keys(FILES)).default("csv"))
    .addOption(urlOption(process.env))
    .option("--output <file>", "the file to write; else standard output")
    .addHelpText("after", EXPLANATION)
    .action(exportJob);
}

const EXPLANATION = `
${SERVER_VARIABLES}
Exit codes: 0 written, 1 refused (there is no such job), 2 usage, 3 server unreachable or broken off.`;

async function exportJob(job: string, { url, format, output }: ExportOptions): Promise<void> {
  const server = serverOf(url, process.env);
  const body = await download(server, `/jobs/${encodeURIComponent(job)}/${FILES[format]}`);
  // Only now: a job that is not there leaves a file as it is.
  if (output === undefined) await writeToStdout(body, url);
  else await writeToFile(body, url, output);
}

async function writeToStdout(body: ReadableStream<Uint8Array>, url: string): Promise<void> {
  try {
    await pipeline(received(body, url), process.stdout, { end: false });
  } catch (error) {
    // A reader that has seen enough (| head) is no failure of ours.
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

/** What the server sends. Whether it broke off or the file cannot be written is known only here. */
async function* received(body: ReadableStream<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new ServerUnreachable(`${url} broke off (${errorMessage(error)}). Try again.`);
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, "w");
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorMessage(error)}`);
  }
}
