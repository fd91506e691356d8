import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * The Ed25519 key in a PEM file, to sign with.
 * @throws UsageError when there is none.
 */
export function readPrivateKey(file: string): Promise<KeyObject> {
  return readKey(file, createPrivateKey, "private");
}

/**
 * The Ed25519 key in a PEM file, to check signatures with.
 * @throws UsageError when there is none.
 */
export function readPublicKey(file: string): Promise<KeyObject> {
  return readKey(file, createPublicKey, "public");
}

async function readKey(file: string, create: (pem: string) => KeyObject, kind: string): Promise<KeyObject> {
  const pem = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`The key ${file} cannot be read: ${errorMessage(error)}`);
  });
  const key = parsed(pem, create);
  if (key?.asymmetricKeyType === "ed25519") return key;
  throw new UsageError(`${file} must hold a ${kind} Ed25519 key as PEM, without a passphrase.`);
}

/** What the parser says of a key that it cannot read is of no use to anybody, and might quote it. */
function parsed(pem: string, create: (pem: string) => KeyObject): KeyObject | undefined {
  try {
    return create(pem);
  } catch {
    return undefined;
  }
}
