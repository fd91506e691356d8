import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "../support/scratch-folder.ts";

/** Writes a new key pair as PEM. Returns the two files. */
export async function keyFiles(): Promise<{ privateKey: string; publicKey: string }> {
  const folder = await scratchFolder();
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const files = { privateKey: join(folder, "checkpoint.key"), publicKey: join(folder, "checkpoint.pub") };
  await writeFile(files.privateKey, privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(files.publicKey, publicKey.export({ type: "spki", format: "pem" }));
  return files;
}
