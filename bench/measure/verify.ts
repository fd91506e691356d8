import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { text } from "node:stream/consumers";
import { Pool } from "undici";
import { withClient } from "../database/cluster.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { familyCpuMs } from "./processes.ts";
import type { Place } from "./scale.ts";
import { untilSealed } from "./sealing.ts";
import { send } from "./send.ts";

/** What verifying everything took. */
export interface Verify {
  readonly jobs: number;
  readonly resources: number;
  /** Of all four tables: with those of the jobs' services and regions. */
  readonly rows: number;
  /** By the clock, of each run, from the start of the command to its end. */
  readonly seconds: readonly number[];
  /** PostgreSQL's share, in seconds of processor time, of each run. */
  readonly postgresCpu: readonly number[];
}

const COMMAND = `${import.meta.dirname}/../../bin/results-storage.js`;

/** So many large estimates are added to what is there, so that the start of the command counts little. */
const LARGE = { jobs: 60, resources: 10_000 };

/** Runs `results-storage verify` so many times; throws when something does not fit. */
export async function measureVerify(
  { server, databaseUrl }: Place,
  postmaster: number,
  rounds: number,
): Promise<Verify> {
  await storeLarge(server.url);
  await untilSealed(databaseUrl);
  let found = { ok: false, jobs: 0, resources: 0 };
  const seconds: number[] = [];
  const postgresCpu: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [begin, cpuBefore] = [performance.now(), familyCpuMs(postmaster)];
    found = JSON.parse(await verify(databaseUrl));
    if (!found.ok) throw new Error(`verify found problems: ${JSON.stringify(found)}`);
    seconds.push((performance.now() - begin) / 1000);
    postgresCpu.push((familyCpuMs(postmaster) - cpuBefore) / 1000);
  }
  return { ...found, rows: await countRows(databaseUrl), seconds, postgresCpu };
}

function countRows(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ rows: number }>(
      `select ((select count(*) from jobs) + (select count(*) from cost_results)
        + (select count(*) from service_costs) + (select count(*) from region_costs))::int as rows`,
    );
    return rows[0]?.rows ?? 0;
  });
}

async function storeLarge(url: string): Promise<void> {
  const pool = new Pool(url);
  for (let n = 0; n < LARGE.jobs; n++) await send(pool, storeEstimate(LARGE.resources));
  await pool.close();
}

async function verify(databaseUrl: string): Promise<string> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const env = { PATH: path, DATABASE_URL: databaseUrl };
  // As a shell runs it, with the flags of its first line.
  const child = spawn(COMMAND, ["verify", "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
  return output;
}
