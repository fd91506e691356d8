import type { KeyObject } from "node:crypto";
import { isGenuine, type SignedCheckpoint } from "./checkpoint.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import type { ChainEntry } from "./verify.queries.ts";

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
