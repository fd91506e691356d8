import { type KeyObject, sign, verify } from "node:crypto";
import * as z from "zod";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { type ChainEnds, chainEnds } from "./chain.sql.ts";
import type { ChainEntry, Problem, ProblemCode } from "./chain.ts";
import { sealAll } from "./seal-jobs.ts";

/** The state of the chain at one time, which is signed and stored outside of the database. */
interface Checkpoint extends ChainEnds {
  /** The time of signing, by the clock of the machine that signed the checkpoint. */
  readonly madeAt: Date;
}

/** A checkpoint with its signature. */
export interface SignedCheckpoint extends Checkpoint {
  /** The Ed25519 signature. */
  readonly signature: Buffer;
}

/** Signs a checkpoint with an Ed25519 key. */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): SignedCheckpoint {
  return { ...checkpoint, signature: sign(null, signedText(checkpoint), privateKey) };
}

/** Whether the signature of the checkpoint is valid for this public key. */
function isGenuine(checkpoint: SignedCheckpoint, publicKey: KeyObject): boolean {
  return verify(null, signedText(checkpoint), publicKey, checkpoint.signature);
}

/**
 * The text to sign. Its first line makes the signature invalid for any other kind of text that is signed with the same
 * key.
 */
function signedText({ chain, position, entryHash, madeAt }: Checkpoint): Buffer {
  return Buffer.from(`results-storage checkpoint 1\n${JSON.stringify([chain, position, entryHash, madeAt])}`);
}

/**
 * Seals all stored jobs and signs the state of the chain.
 * @param privateKey an Ed25519 key.
 * @returns undefined: the chain is empty, because no job was ever stored.
 */
export async function makeCheckpoint(
  db: Database,
  privateKey: KeyObject,
): Promise<SignedCheckpoint | undefined> {
  await sealAll(db);
  // A signed entry that is lost in a crash or a failover would look like tampering.
  const ends = await durableTransaction(db, chainEnds);
  return ends && signCheckpoint({ ...ends, madeAt: new Date() }, privateKey);
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const CheckpointFile = z.object({
  version: z.literal(1),
  chain: hash,
  position: z.int().positive(),
  entryHash: hash,
  madeAt: z.iso.datetime({ precision: 3 }).transform((text) => new Date(text)),
  signature: z.base64().transform((text) => Buffer.from(text, "base64")),
});

/** The text of a checkpoint file: JSON that a person can read. */
export function writeCheckpoint({ signature, ...checkpoint }: SignedCheckpoint): string {
  return `${JSON.stringify({ version: 1, ...checkpoint, signature: signature.toString("base64") }, null, 2)}\n`;
}

/**
 * Reads the text of a checkpoint file. The signature is not checked here, but in `checkCheckpoint`.
 * @returns undefined: the text is not a checkpoint.
 */
export function readCheckpoint(text: string): SignedCheckpoint | undefined {
  try {
    const { version: _known, ...checkpoint } = CheckpointFile.parse(JSON.parse(text));
    return checkpoint;
  } catch {
    return undefined;
  }
}

/** A checkpoint, and the conditions under which it is trusted. */
export interface PresentedCheckpoint {
  readonly signed: SignedCheckpoint;
  /** The public key of the signer. It is stored outside of the database, like the checkpoint. */
  readonly publicKey: KeyObject;
  /** The maximum age in milliseconds. It is limited, because an attacker can replace a checkpoint by an older one. */
  readonly maxAge: number;
}

/**
 * Checks the signature and the age of a checkpoint, without the chain.
 * @returns the problem; undefined: no problem.
 */
export function checkCheckpoint(
  { signed, publicKey, maxAge }: PresentedCheckpoint,
  now: Date,
): Problem | undefined {
  if (!isGenuine(signed, publicKey)) {
    return problem("FORGED_CHECKPOINT", "The checkpoint was changed, or is not signed with the trusted key.");
  }
  if (now.getTime() - signed.madeAt.getTime() > maxAge) {
    return problem(
      "OUTDATED_CHECKPOINT",
      `The checkpoint was made ${signed.madeAt.toISOString()}, and is older than the maximum age. An old checkpoint can hide later changes.`,
    );
  }
  return undefined;
}

/**
 * Compares an entry of the chain with a checkpoint.
 * @returns the contradiction; undefined: none.
 */
export function checkAgainst(checkpoint: SignedCheckpoint, entry: ChainEntry): Problem | undefined {
  const { position, jobId, entryHash } = entry;
  const hash = entryHash.toString("hex");
  if (position === 1 && hash !== checkpoint.chain) {
    return problem(
      "FOREIGN_CHECKPOINT",
      "The checkpoint belongs to a chain with another first entry: to another database, or the chain of this database was restarted.",
    );
  }
  if (position === checkpoint.position && hash !== checkpoint.entryHash) {
    return {
      ...problem(
        "REWRITTEN_CHAIN",
        `Entry ${position} of the chain, of job ${jobId}, differs from the entry of the checkpoint: this entry or earlier entries were rewritten.`,
      ),
      jobId,
      position,
    };
  }
  return undefined;
}

/**
 * Compares the length of the chain with a checkpoint.
 * @param last the position of the last entry; 0: the chain is empty.
 * @returns the contradiction; undefined: none.
 */
export function checkLength({ position }: SignedCheckpoint, last: number): Problem | undefined {
  if (last >= position) return undefined;
  return problem(
    "TRUNCATED_CHAIN",
    `The chain ends with entry ${last}, but the last entry of the checkpoint is ${position}: entries were removed.`,
  );
}

function problem(code: ProblemCode, message: string): Problem {
  return { code, message, jobId: null, position: null };
}
