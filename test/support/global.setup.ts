import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { createOrm } from "../../src/database/connect.ts";
import {
  clusterIn,
  createCluster,
  NAME,
  passwordOf,
  SYSTEM_FOLDER,
} from "../../src/database/embedded/cluster.ts";
import { findBinaries } from "../../src/database/embedded/install.ts";
import { runCommand, unprivilegedUser } from "../../src/database/embedded/system.ts";
import { migrateUp } from "../../src/database/migrate.ts";
import { query, removeFolder, temporaryFolder } from "../database/embedded/server-process.ts";
import { freePort } from "./stand-in.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The database that every test file's own is cloned from: migrated, and empty. */
    templateUrl: string;
  }
}

/** Prepares the program and the PostgreSQL of a whole run, at the same time. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder();
  const stop = () => removeFolder(folder);
  try {
    const [url] = await Promise.all([startTemplate(folder), build()]);
    project.provide("templateUrl", url);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Builds the program, so that tests run the command line that its users have; it starts in half the time, too. */
async function build(): Promise<void> {
  const project = fileURLToPath(new URL("../..", import.meta.url));
  await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: project });
}

/** Starts one PostgreSQL with a migrated database in it that test files clone (database.ts). */
async function startTemplate(folder: string): Promise<string> {
  const url = await startPostgres(folder);
  const orm = await createOrm({ url, poolSize: 2, log: pino({ level: "silent" }) });
  await migrateUp(orm);
  await orm.close();
  return url;
}

/**
 * Starts an embedded PostgreSQL that does not wait for the disk, unlike that of the service: nothing of it is kept.
 * A clone of the template is made and dropped in half the time.
 */
async function startPostgres(folder: string): Promise<string> {
  const user = await unprivilegedUser();
  const cluster = clusterIn(join(folder, "postgresql"), await findBinaries(user, SYSTEM_FOLDER), user);
  await createCluster(cluster);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
  ];
  const options = settings.map((setting) => `-c ${setting}`).join(" ");
  const args = [
    "start",
    "--wait",
    `--pgdata=${cluster.data}`,
    `--log=${cluster.log}`,
    `--options=${options}`,
  ];
  const { ok, output } = await runCommand(cluster.binaries.pgCtl, args, { cwd: cluster.folder, user });
  if (!ok) throw new Error(output);
  const password = await passwordOf(cluster);
  const urlOf = (database: string) =>
    `postgresql://${NAME}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
  await query(urlOf("postgres"), `create database ${NAME}`);
  // A login computes the hash of the password that often, 4,096 times by default: half of the time of a connection.
  await query(urlOf("postgres"), `set scram_iterations = 1; alter role ${NAME} password '${password}'`);
  return urlOf(NAME);
}
