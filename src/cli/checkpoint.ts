import { rename, writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { errorMessage } from "../lib/errors.ts";
import { pluralize } from "../lib/text.ts";
import { UsageError } from "./exit-codes.ts";
import { readPrivateKey } from "./signing-key.ts";

interface CheckpointOptions {
  readonly key: string;
  readonly output?: string;
}

/** `checkpoint`: seals the stored jobs and signs the end of the chain. */
export function addCheckpointCommand(program: Command): void {
  program
    .command("checkpoint")
    .description("seal every stored job and sign the end of the chain; keep the signed checkpoint elsewhere")
    .addOption(
      new Option("--key <file>", "the private Ed25519 key for the signature, as PEM")
        .env("CHECKPOINT_KEY_FILE")
        .makeOptionMandatory(),
    )
    .option("--output <file>", "the file to write; default: standard output")
    .addHelpText("after", HELP)
    .action(checkpoint);
}

const HELP = `
Create a key pair with: openssl genpkey -algorithm ed25519 -out checkpoint.key && openssl pkey -in checkpoint.key -pubout -out checkpoint.pub
Keep the checkpoint and the key where users with write access to the database have no write access.
Uses the database of OWNER_DATABASE_URL or DATABASE_URL, or the embedded one; the server may be running.
Exit codes: 0 written, 1 failed, 2 usage.`;

async function checkpoint({ key, output }: CheckpointOptions): Promise<void> {
  const privateKey = await readPrivateKey(key);
  const { withTables } = await import("./with-database.ts");
  const { makeCheckpoint, writeCheckpoint } = await import("../integrity/checkpoint.ts");
  const signed = await withTables("results_storage_server", (openSession) =>
    makeCheckpoint(openSession(), privateKey),
  );
  if (signed === undefined) throw new Error("There is nothing to sign yet: no job is stored.");
  const text = writeCheckpoint(signed);
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  await replaceFile(output, text);
  const entries = pluralize(signed.position, "entry", "entries");
  process.stdout.write(`wrote ${output}: ${entries} of the chain, the last is ${signed.entryHash}\n`);
}

/** Writes a temporary file and renames it, so that an interrupted command keeps the previous checkpoint. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorMessage(error)}`);
  }
}
