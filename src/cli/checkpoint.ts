import { rename, writeFile } from "node:fs/promises";
import { joinDatabase } from "../database/connect.ts";
import { Database } from "../database/database.ts";
import { requireMigrated } from "../database/startup-checks.ts";
import { makeCheckpoint, writeCheckpoint } from "../integrity/checkpoint.ts";
import { errorMessage } from "../lib/errors.ts";
import { pluralize } from "../lib/text.ts";
import type { CheckpointOptions } from "./checkpoint.command.ts";
import { UsageError } from "./exit-codes.ts";
import { readPrivateKey } from "./signing-key.ts";
import { withDatabase } from "./with-database.ts";

/** Makes a checkpoint, and writes it where the options say. */
export async function checkpoint({ key, output }: CheckpointOptions): Promise<void> {
  const privateKey = await readPrivateKey(key);
  const access = { open: joinDatabase, role: "results_storage_server" } as const;
  const signed = await withDatabase(access, async (orm) => {
    await requireMigrated(orm);
    return makeCheckpoint(new Database(orm.em.fork()), privateKey);
  });
  if (signed === undefined) throw new Error("There is nothing to vouch for yet: no job has been stored.");
  const text = writeCheckpoint(signed);
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  await replaceFile(output, text);
  const entries = pluralize(signed.position, "entry", "entries");
  process.stdout.write(`wrote ${output}: ${entries} of the chain, the last ${signed.entryHash}\n`);
}

/** At once: broken off, it leaves the checkpoint that was there before. */
async function replaceFile(file: string, text: string): Promise<void> {
  const written = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(written, text);
    await rename(written, file);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorMessage(error)}`);
  }
}
