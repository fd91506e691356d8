import * as z from "zod";
import type { SignedCheckpoint } from "./checkpoint.ts";

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
