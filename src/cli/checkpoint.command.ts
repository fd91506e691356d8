import { type Command, Option } from "commander";

/** What `checkpoint` is called with. */
export interface CheckpointOptions {
  readonly key: string;
  readonly output?: string;
}

/** `checkpoint`: seals what is stored, and writes down, signed, where the chain is. */
export function addCheckpointCommand(program: Command): void {
  program
    .command("checkpoint")
    .description(
      "seal every stored job, and write a signed statement of where the chain is, to be kept elsewhere",
    )
    .addOption(
      new Option("--key <file>", "the private Ed25519 key to sign with, as PEM")
        .env("CHECKPOINT_KEY_FILE")
        .makeOptionMandatory(),
    )
    .option("--output <file>", "the file to write; else standard output")
    .addHelpText("after", EXPLANATION)
    .action(async (options: CheckpointOptions) => {
      // Only when it is needed: loading the ORM takes longer than all that a push has to do.
      const { checkpoint } = await import("./checkpoint.ts");
      await checkpoint(options);
    });
}

const EXPLANATION = `
A key is made by: openssl genpkey -algorithm ed25519 -out checkpoint.key && openssl pkey -in checkpoint.key -pubout -out checkpoint.pub
Keep the checkpoint, and the key, where nobody who can write to the database can write to them.
Works on the database of OWNER_DATABASE_URL or DATABASE_URL, else on the embedded one, beside a server that runs.
Exit codes: 0 written, 1 failed, 2 usage.`;
