import { readFile } from "node:fs/promises";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import type { Verification } from "../../src/integrity/verify.ts";
import { sqlAs } from "./sql-as.ts";

const FOLDER = new URL("../database/older-versions/", import.meta.url);

/** What the older version answered about its database. */
interface OlderAnswers {
  readonly query: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the fields of the query.
  readonly answer: { readonly data: any };
  /** The output of `verify --json`. */
  readonly verification: Verification & { readonly ok: boolean };
  /** The input of a job that it stored with an idempotency key. */
  readonly retry: Partial<StoreEstimateInput>;
}

/** Replaces the contents of a database by a dump of an older version, which is not migrated. */
export async function loadOlderVersion(databaseUrl: string, name: string): Promise<void> {
  const dump = await readFile(new URL(`${name}.sql`, FOLDER), "utf8");
  await sqlAs(databaseUrl, undefined, `drop schema public cascade; create schema public; ${dump}`);
}

/** The answers that the older version gave before its database was dumped. */
export async function answersOfOlderVersion(name: string): Promise<OlderAnswers> {
  return JSON.parse(await readFile(new URL(`${name}.answers.json`, FOLDER), "utf8"));
}
