import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/** Removes the folders of a test file. */
export async function removeScratchFolders(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
}

/** A folder that is gone after the tests of the file. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "results-storage-keys-"));
  folders.push(folder);
  return folder;
}

/** Writes a new key pair as PEM. Returns the two files. */
export async function keyFiles(): Promise<{ privateKey: string; publicKey: string }> {
  const folder = await scratchFolder();
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const files = { privateKey: join(folder, "checkpoint.key"), publicKey: join(folder, "checkpoint.pub") };
  await writeFile(files.privateKey, privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(files.publicKey, publicKey.export({ type: "spki", format: "pem" }));
  return files;
}
