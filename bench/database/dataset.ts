import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import type { Client } from "pg";
import { pino } from "pino";
import { createOrm } from "../../src/database/connect.ts";
import { migrateUp } from "../../src/database/migrate.ts";
import { type Cluster, withClient } from "./cluster.ts";
import { DETAIL_USER, LARGE_USER } from "./job-sets.ts";
import { load, loadPortfolio } from "./load.ts";

/** The primary key of a job, which PostGraphile takes as a whole. */
export interface JobKey {
  readonly id: string;
  readonly shardKey: number;
}

/** A loaded database, and what in it the workloads ask for. */
export interface Dataset {
  readonly url: string;
  /** Jobs of 50 resources. */
  readonly details: readonly JobKey[];
  /** Jobs of 30 resources. */
  readonly ordinaryIds: readonly string[];
  readonly users: readonly string[];
  /** Two jobs of 10,000 resources, the older one first. */
  readonly compared: readonly string[];
}

/** The database with this many ordinary jobs; loaded if it is not there, or was made by other statements. */
export async function openDataset(
  cluster: Cluster,
  jobs: number,
  log: (message: string) => void,
): Promise<Dataset> {
  const url = await openLoaded(cluster, `bench_${jobs}`, (client) => load(client, jobs, log));
  return withClient(url, async (client) => ({
    url,
    details: await jobKeys(client, DETAIL_USER),
    ordinaryIds: await column(
      client,
      "select id from jobs where user_id like 'user-%' order by created_at desc limit 20000",
    ),
    users: Array.from({ length: 200 }, (_, n) => `user-${n}`),
    compared: await column(client, "select id from jobs where user_id = $1 order by id", [LARGE_USER]),
  }));
}

/** The database with the series of a portfolio; loaded as above. Returns its URL. */
export function openPortfolio(cluster: Cluster, log: (message: string) => void): Promise<string> {
  return openLoaded(cluster, "bench_portfolio", (client) => loadPortfolio(client, log));
}

async function openLoaded(
  cluster: Cluster,
  name: string,
  fill: (client: Client) => Promise<void>,
): Promise<string> {
  const url = cluster.urlOf(name);
  const madeBy = await fingerprint();
  await withClient(cluster.urlOf("postgres"), async (admin) => {
    if ((await commentOn(admin, name)) === madeBy) return;
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}`);
    await migrate(url);
    await withClient(url, fill);
    // Last: an interrupted load starts again.
    await admin.query(`comment on database ${name} is '${madeBy}'`);
  });
  return url;
}

async function migrate(url: string): Promise<void> {
  const orm = await createOrm({ url, poolSize: 2, log: pino({ level: "silent" }) });
  await migrateUp(orm).finally(() => orm.close());
}

/** What the data depends on: the statements that load it, and the tables. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const cwd = `${import.meta.dirname}/..`;
  const files: string[] = [];
  const patterns = ["data/*.sql", "database/job-sets.ts", "../migrations/*.ts"];
  for await (const file of glob(patterns, { cwd })) files.push(file);
  for (const file of files.sort()) hash.update(await readFile(`${cwd}/${file}`));
  return hash.digest("hex");
}

async function commentOn(admin: Client, database: string): Promise<string | undefined> {
  const sql = "select shobj_description(oid, 'pg_database') from pg_database where datname = $1";
  return (await column(admin, sql, [database]))[0];
}

async function jobKeys(client: Client, user: string): Promise<JobKey[]> {
  const text = 'select id, shard_key as "shardKey" from jobs where user_id = $1 order by id';
  return (await client.query<JobKey>(text, [user])).rows;
}

async function column(client: Client, text: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<[string]>({ text, values, rowMode: "array" });
  return rows.map(([value]) => value);
}
