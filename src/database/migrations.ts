import { CreateEstimates } from "../../migrations/20261123-create-estimates.ts";
import { ProtectEstimates } from "../../migrations/20261125-1-protect-estimates.ts";
import { Integrity } from "../../migrations/20261125-2-integrity.ts";
import { Access } from "../../migrations/20261125-3-access.ts";
import { CorrectHistory } from "../../migrations/20261127-correct-history.ts";

/**
 * All migrations, oldest first. The list is explicit, not the contents of a folder, so that the sources and dist/ run
 * the same migrations.
 */
export const migrations = [
  { name: "20261123-create-estimates", class: CreateEstimates },
  { name: "20261125-1-protect-estimates", class: ProtectEstimates },
  { name: "20261125-2-integrity", class: Integrity },
  { name: "20261125-3-access", class: Access },
  { name: "20261127-correct-history", class: CorrectHistory },
];
