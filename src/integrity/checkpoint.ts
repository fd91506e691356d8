import { type KeyObject, sign, verify } from "node:crypto";
import * as z from "zod";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { type ChainEnds, chainEnds } from "./chain.sql.ts";
import type { ChainEntry, Problem, ProblemCode } from "./chain.ts";
import { sealAll } from "./seal-jobs.ts";

/** Where a chain was at a moment, as it is signed and kept outside of the database. */
interface Checkpoint extends ChainEnds {
  /** By the clock of the machine that signed it. */
  readonly madeAt: Date;
}

/** A checkpoint and whoever vouches for it. */
export interface SignedCheckpoint extends Checkpoint {
  /** Ed25519. */
  readonly signature: Buffer;
}

/** Signs a checkpoint with an Ed25519 key. */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): SignedCheckpoint {
  return { ...checkpoint, signature: sign(null, signedText(checkpoint), privateKey) };
}

/** Whether the checkpoint stands as it was signed, with the key that belongs to this public one. */
function isGenuine(checkpoint: SignedCheckpoint, publicKey: KeyObject): boolean {
  return verify(null, signedText(checkpoint), publicKey, checkpoint.signature);
}

/** The first line keeps a signature from standing for anything else that is signed with the same key. */
function signedText({ chain, position, entryHash, madeAt }: Checkpoint): Buffer {
  return Buffer.from(`results-storage checkpoint 1\n${JSON.stringify([chain, position, entryHash, madeAt])}`);
}

/**
 * Seals what is stored at this moment, and signs where the chain is then.
 * @returns undefined when nothing has ever been stored: there is nothing to vouch for.
 */
export async function makeCheckpoint(
  db: Database,
  privateKey: KeyObject,
): Promise<SignedCheckpoint | undefined> {
  await sealAll(db);
  // A signed entry that a crash or a failover takes back would look like tampering.
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

/** A checkpoint as the text of a file: JSON that a person can read. */
export function writeCheckpoint({ signature, ...checkpoint }: SignedCheckpoint): string {
  return `${JSON.stringify({ version: 1, ...checkpoint, signature: signature.toString("base64") }, null, 2)}\n`;
}

/** The checkpoint in the text of a file; undefined when there is none in it. Not to be believed before it is checked. */
export function readCheckpoint(text: string): SignedCheckpoint | undefined {
  try {
    const { version: _known, ...checkpoint } = CheckpointFile.parse(JSON.parse(text));
    return checkpoint;
  } catch {
    return undefined;
  }
}

/** A checkpoint, and what it has to stand up to. */
export interface PresentedCheckpoint {
  readonly signed: SignedCheckpoint;
  /** Of whoever signs checkpoints; from outside of the database, as the checkpoint is. */
  readonly publicKey: KeyObject;
  /** An older checkpoint may have been put in the place of a newer one. In milliseconds. */
  readonly maxAge: number;
}

/** What is wrong with a checkpoint as such, whatever the chain is. */
export function checkCheckpoint(
  { signed, publicKey, maxAge }: PresentedCheckpoint,
  now: Date,
): Problem | undefined {
  if (!isGenuine(signed, publicKey)) {
    return problem(
      "FORGED_CHECKPOINT",
      "The checkpoint is not signed with the key that is trusted, or was changed.",
    );
  }
  if (now.getTime() - signed.madeAt.getTime() > maxAge) {
    return problem(
      "OUTDATED_CHECKPOINT",
      `The checkpoint was made ${signed.madeAt.toISOString()}, longer ago than is allowed: an older one may stand in the place of a newer.`,
    );
  }
  return undefined;
}

/** What an entry of the chain has against what the checkpoint vouches for. */
export function checkAgainst(checkpoint: SignedCheckpoint, entry: ChainEntry): Problem | undefined {
  const { position, jobId, entryHash } = entry;
  const hash = entryHash.toString("hex");
  if (position === 1 && hash !== checkpoint.chain) {
    return problem(
      "FOREIGN_CHECKPOINT",
      "The checkpoint is of a chain with another first entry: of another database, or this one was begun anew.",
    );
  }
  if (position === checkpoint.position && hash !== checkpoint.entryHash) {
    return {
      ...problem(
        "REWRITTEN_CHAIN",
        `Entry ${position} of the chain, of job ${jobId}, is not the one that the checkpoint vouches for: it or entries before it were written anew.`,
      ),
      jobId,
      position,
    };
  }
  return undefined;
}

/** What the end of the chain has against what the checkpoint vouches for. 0: there is no entry. */
export function checkLength({ position }: SignedCheckpoint, last: number): Problem | undefined {
  if (last >= position) return undefined;
  return problem(
    "TRUNCATED_CHAIN",
    `The chain ends with entry ${last}, but the checkpoint vouches for ${position}: entries were removed.`,
  );
}

function problem(code: ProblemCode, message: string): Problem {
  return { code, message, jobId: null, position: null };
}
