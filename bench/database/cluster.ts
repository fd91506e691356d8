import { Client } from "pg";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded-postgres.ts";
import { parentOf } from "../measure/processes.ts";

/** The bench's own PostgreSQL; its data is kept between runs. */
export interface Cluster {
  /** The process whose children do PostgreSQL's work. */
  readonly postmaster: number;
  readonly version: string;
  /** The URL of a database in it, which need not exist. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

const DATA = `${import.meta.dirname}/../.data`;

/** Starts the same PostgreSQL that the service brings, with the service's settings. */
export async function startCluster(log: (message: string) => void): Promise<Cluster> {
  const postgres = await startEmbeddedPostgres(DATA, log);
  const urlOf = (database: string) => {
    const url = new URL(postgres.url);
    url.pathname = database;
    return url.href;
  };
  try {
    return { ...(await settle(urlOf("postgres"))), urlOf, stop: postgres.stop };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Keeps PostgreSQL from tidying up in the middle of somebody's round: we do it in between. */
async function settle(url: string) {
  return withClient(url, async (client) => {
    await client.query("alter system set autovacuum = off");
    await client.query("alter system set max_wal_size = '8GB'");
    await client.query("select pg_reload_conf()");
    const { rows } = await client.query<{ pid: number; version: string }>(
      "select pg_backend_pid() as pid, current_setting('server_version') as version",
    );
    const [backend] = rows;
    if (backend === undefined) throw new Error("PostgreSQL returned no process id.");
    return { postmaster: parentOf(backend.pid), version: backend.version };
  });
}

/** Runs something with a connection that is closed behind it. */
export async function withClient<Result>(
  url: string,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url, application_name: "bench" });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** Creates a database without tables, in place of one of this name, and returns its URL. */
export async function emptyDatabase(cluster: Cluster, name: string): Promise<string> {
  await withClient(cluster.urlOf("postgres"), async (admin) => {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}`);
  });
  return cluster.urlOf(name);
}
