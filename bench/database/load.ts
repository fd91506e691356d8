import { readFile } from "node:fs/promises";
import type { Client } from "pg";
import { type JobSet, jobSets, LARGE_JOB, PORTFOLIO_SETS } from "./job-sets.ts";

const JOBS_PER_BATCH = 20_000;
const MS_PER_DAY = 86_400_000;

/** Fills the empty tables, inside of PostgreSQL: the statements are in data/. */
export async function load(client: Client, jobs: number, log: (message: string) => void): Promise<void> {
  await loadSets(client, jobSets(jobs), log);
  await loadBatch(client, LARGE_JOB, 0, 0);
  await client.query(await statement("changed-job"));
  await finish(client);
}

/** Fills the empty tables with the series of a portfolio, on the default branch. */
export async function loadPortfolio(client: Client, log: (message: string) => void): Promise<void> {
  await loadSets(client, PORTFOLIO_SETS, log);
  await client.query("update jobs set stated_default_branch = true");
  await finish(client);
}

async function loadSets(
  client: Client,
  sets: readonly JobSet[],
  log: (message: string) => void,
): Promise<void> {
  // Foreign keys hold by construction; checking 30 million of them would take longer than all the rest.
  await client.query("set session_replication_role = replica");
  await client.query("set timezone = 'UTC'");
  await client.query(await statement("functions"));
  for (const set of sets) {
    for (let first = 0; first < set.jobs; first += JOBS_PER_BATCH) {
      const last = Math.min(first + JOBS_PER_BATCH, set.jobs) - 1;
      log(`loading jobs ${first} to ${last} of ${set.jobs} (${set.user ?? "ordinary"})`);
      await loadBatch(client, set, first, last);
    }
  }
}

async function finish(client: Client): Promise<void> {
  await client.query("drop table batch");
  await client.query("vacuum (analyze)");
  await client.query("checkpoint");
}

async function loadBatch(client: Client, set: JobSet, first: number, last: number): Promise<void> {
  const distance = `${(set.days * MS_PER_DAY) / set.jobs} milliseconds`;
  await client.query("truncate batch");
  await client.query(await statement("batch"), [first, last, set.from, distance, set.resources]);
  await client.query("analyze batch");
  await client.query(await statement("jobs"), [set.user, set.projects]);
  await client.query(await statement("services"));
  if (set.totalsOnly) return;
  await client.query(await statement("regions"));
  await client.query(await statement("resources"));
}

function statement(name: string): Promise<string> {
  return readFile(`${import.meta.dirname}/../data/${name}.sql`, "utf8");
}
