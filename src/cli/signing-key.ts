import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * Reads the private Ed25519 key of a PEM file.
 * @throws UsageError when the file has no such key.
 */
export function readPrivateKey(file: string): Promise<KeyObject> {
  return readKey(file, createPrivateKey, "private");
}

/**
 * Reads the public Ed25519 key of a PEM file.
 * @throws UsageError when the file has no such key.
 */
export function readPublicKey(file: string): Promise<KeyObject> {
  return readKey(file, createPublicKey, "public");
}

async function readKey(file: string, create: (pem: string) => KeyObject, kind: string): Promise<KeyObject> {
  const pem = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`The key ${file} cannot be read: ${errorMessage(error)}`);
  });
  const key = tryCreate(pem, create);
  if (key?.asymmetricKeyType === "ed25519") return key;
  throw new UsageError(`${file} must hold a ${kind} Ed25519 key as PEM, without a passphrase.`);
}

/** The parser's error is dropped: it might quote the key. */
function tryCreate(pem: string, create: (pem: string) => KeyObject): KeyObject | undefined {
  try {
    return create(pem);
  } catch {
    return undefined;
  }
}
