import { type KeyObject, sign, verify } from "node:crypto";

/** Where a chain was at a moment, as it is signed and kept outside of the database. */
export interface Checkpoint {
  /** The hash of the chain's first entry, in hexadecimal: no two databases have the same. */
  readonly chain: string;
  /** The last entry at that moment, and its hash in hexadecimal. */
  readonly position: number;
  readonly entryHash: string;
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
export function isGenuine(checkpoint: SignedCheckpoint, publicKey: KeyObject): boolean {
  return verify(null, signedText(checkpoint), publicKey, checkpoint.signature);
}

/** The first line keeps a signature from standing for anything else that is signed with the same key. */
function signedText({ chain, position, entryHash, madeAt }: Checkpoint): Buffer {
  return Buffer.from(`results-storage checkpoint 1\n${JSON.stringify([chain, position, entryHash, madeAt])}`);
}
