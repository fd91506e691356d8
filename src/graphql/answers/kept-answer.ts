import type { JobRead } from "../../database/reads.ts";

/** An answer without errors, as it is sent, and the reads that tell which jobs are in it. */
export interface KeptAnswer {
  readonly text: string;
  readonly jobReads: readonly JobRead[];
}

/** Whether nothing but retention can change the answer: it is about jobs by their ids. */
export function isLasting({ jobReads }: KeptAnswer): boolean {
  return jobReads.length > 0 && jobReads.every(({ lasting }) => lasting);
}
