import type { Database } from "../database/database.ts";
import { type ChainEntry, entryProblem, type Problem } from "./chain.ts";
import { isKnownRecordForm, type RecordKey, recordHashes } from "./exclusion-seals.sql.ts";

/**
 * Compares the stored records of exclusions with their seals, and returns the problems. A purge removes the records
 * with their job. A missing or returned job is a problem of the job itself.
 */
export async function checkRecords(db: Database, seals: readonly ChainEntry[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  const expected = seals.filter(({ isStored, otherPosition }) => isStored && otherPosition === null);
  for (const [form, sealed] of Map.groupBy(expected, (seal) => seal.form)) {
    if (isKnownRecordForm(form)) problems.push(...(await compareRecords(db, form, sealed)));
    else problems.push(...sealed.map(unknownForm));
  }
  return problems;
}

async function compareRecords(db: Database, form: number, seals: readonly ChainEntry[]): Promise<Problem[]> {
  const wanted = seals.map(({ jobId, number, jobCreatedAt }) => ({ jobId, number, createdAt: jobCreatedAt }));
  const stored = Map.groupBy(await recordHashes(db, form, wanted), keyOf);
  return seals.flatMap((seal) => {
    // A superuser who drops the primary key can add a second record with the same number.
    const [record, ...duplicates] = stored.get(keyOf(seal)) ?? [];
    if (record === undefined)
      return entryProblem("REMOVED", seal, "the record is missing, and its job is stored");
    if (duplicates.length > 0 || !record.hash.equals(seal.contentHash)) {
      return entryProblem("ALTERED", seal, "the stored record differs from its seal");
    }
    if (record.hasSealedTime) return [];
    return entryProblem("BACKDATED", seal, "the time of storage differs from the sealed time");
  });
}

function keyOf({ jobId, number }: RecordKey): string {
  return `${jobId} ${number}`;
}

function unknownForm(seal: ChainEntry): Problem {
  return entryProblem(
    "UNKNOWN_FORM",
    seal,
    `it is sealed in form ${seal.form} of records, which this version does not know`,
  );
}
