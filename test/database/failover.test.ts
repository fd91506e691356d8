import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/database/embedded/embedded-postgres.ts";
import { databaseFault } from "../../src/database/faults.ts";
import { firstRow, sql } from "../../src/database/sql.ts";
import { run } from "../support/command-line.ts";
import { removeScratchFolders, scratchFolder } from "../support/scratch-folder.ts";
import { freePort } from "../support/stand-in.ts";
import { query, removeFolder, temporaryFolder, until } from "./embedded/server-process.ts";

const log = pino({ level: "silent" });
const servers: Server[] = [];
let folder: string;
let primary: EmbeddedPostgres;
let standby: EmbeddedPostgres;

beforeAll(async () => {
  folder = await temporaryFolder();
  const [one, another] = [join(folder, "one"), join(folder, "another")];
  await mkdir(one);
  const source = await startEmbeddedPostgres(one, () => {});
  expect((await run(["migrate", "up"], { env: { DATABASE_URL: source.url } })).code).toBe(0);
  await source.stop();
  await promisify(execFile)("cp", ["-a", one, another]);
  await writeFile(join(another, "postgresql/data/standby.signal"), "");
  primary = await startEmbeddedPostgres(one, () => {});
  standby = await startEmbeddedPostgres(another, () => {});
});
afterAll(async () => {
  for (const server of servers) server.close();
  await primary?.stop();
  await standby?.stop();
  await removeFolder(folder);
  await removeScratchFolders();
});

const portOf = (url: string) => new URL(url).port;
const credentials = () => {
  const { username, password } = new URL(primary.url);
  return `${username}:${password}`;
};

/** A URL of these hosts; P is the primary's, S the standby's. */
function urlOf(hosts: string, parameters = "target_session_attrs=read-write"): string {
  const ports: Readonly<Record<string, string>> = { P: portOf(primary.url), S: portOf(standby.url) };
  const list = hosts
    .split(",")
    .map((host) => (host in ports ? `127.0.0.1:${ports[host]}` : host))
    .join(",");
  return `postgresql://${credentials()}@${list}/results_storage?${parameters}`;
}

/** Which server is connected to; or why there is none. */
async function connect(url: string, connectMs = 10_000): Promise<string> {
  const timeouts = { connectMs, statementMs: 10_000, lockMs: 10_000, idleInTransactionMs: 10_000 };
  try {
    const orm = await connectOrm({ url, poolSize: 2, timeouts, log });
    const statement = sql<{ port: number }>`select inet_server_port() as port`;
    const row = await firstRow(new Database(orm.em.fork()), { name: "test" }, statement).finally(() =>
      orm.close(),
    );
    return (
      { [portOf(primary.url)]: "primary", [portOf(standby.url)]: "standby" }[String(row?.port)] ?? "another"
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Listens at a port or the path of a socket, until the tests have ended. */
async function listen(
  at: number | string,
  onConnection: Parameters<typeof createServer>[1],
): Promise<Server> {
  const server = createServer(onConnection);
  servers.push(server);
  if (typeof at === "number") server.listen(at, "127.0.0.1");
  else server.listen(at);
  await once(server, "listening");
  return server;
}

describe("A connection goes to the first host of the list that fits", () => {
  it.each([
    ["P,S", "target_session_attrs=read-write", "primary"],
    ["S,P", "target_session_attrs=read-write", "primary"],
    ["S,P", "target_session_attrs=primary", "primary"],
    ["P,S", "target_session_attrs=standby", "standby"],
    ["P,S", "target_session_attrs=read-only", "standby"],
    ["S,P", "target_session_attrs=any", "standby"],
    ["S,P", "", "standby"],
    ["P", "target_session_attrs=read-write", "primary"],
  ])("%s with %s", async (hosts, parameters, server) => {
    expect(await connect(urlOf(hosts, parameters))).toBe(server);
  });

  it("after one at which nothing listens, and one whose name is not known", async () => {
    const hosts = `127.0.0.1:${await freePort()},no-such-host.invalid:5432,P`;
    expect(await connect(urlOf(hosts))).toBe("primary");
  });

  it("after one that is read-only by its configuration", async () => {
    const url = new URL(inject("templateUrl"));
    const login = `reader_${Math.random().toString(36).slice(2)}`;
    await query(url.href, `create role ${login} login superuser password 'secret'`);
    await query(url.href, `alter role ${login} set default_transaction_read_only = on`);
    await query(primary.url, `create role ${login} login superuser password 'secret'`);
    const list = `${url.host},127.0.0.1:${portOf(primary.url)}`;
    const readWrite = `postgresql://${login}:secret@${list}/results_storage?target_session_attrs=read-write`;
    expect(await connect(readWrite)).toBe("primary");
    await query(url.href, `drop role ${login}`);
  });

  it("after one that takes the connection and says nothing, which later ones try last", async () => {
    const port = await freePort();
    let asked = 0;
    await listen(port, (socket) => {
      asked++;
      socket.on("error", () => undefined);
    });
    const url = urlOf(`127.0.0.1:${port},P`);
    expect([await connect(url, 1_000), await connect(url, 1_000), asked]).toEqual(["primary", "primary", 1]);
  });

  it("over the Unix socket of its folder, beside others", async () => {
    const sockets = await scratchFolder();
    await listen(join(sockets, ".s.PGSQL.5432"), (socket) => {
      const upstream = connectSocket(Number(portOf(primary.url)), "127.0.0.1");
      socket
        .pipe(upstream)
        .on("error", () => undefined)
        .pipe(socket)
        .on("error", () => undefined);
    });
    const encoded = encodeURIComponent(sockets);
    expect(
      await connect(urlOf(`S,${encoded}:5432`, "target_session_attrs=read-write&sslmode=require")),
    ).toMatch(/does not support SSL/);
    expect(await connect(urlOf(`S,${encoded}:5432`))).toBe("primary");
    expect(await connect(urlOf("", `host=${encoded}&port=5432`))).toBe("primary");
  });

  it("in the lists of the parameters host and port", async () => {
    const ports = `${portOf(standby.url)},${portOf(primary.url)}`;
    const list = `host=127.0.0.1,localhost&port=${ports}&target_session_attrs=read-write`;
    expect(await connect(urlOf("", list))).toBe("primary");
  });

  it("for every command", async () => {
    const env = { DATABASE_URL: urlOf("S,P"), OWNER_DATABASE_URL: urlOf("S,P") };
    const create = ["token", "create", "--name", "ci", "--scope", "write"];
    for (const args of [["migrate", "status"], create, ["token", "list"], ["verify"]])
      expect([args, (await run(args, { env })).code]).toEqual([args, 0]);
  });
});

describe("A connection fails", () => {
  it("naming each host of the list and what is the matter with it", async () => {
    const port = await freePort();
    expect(await connect(urlOf(`S,127.0.0.1:${port}`))).toMatch(
      new RegExp(
        `no server of the list can be used: 127.0.0.1:${portOf(standby.url)} \\(it is a standby, not read-write\\), ` +
          `127.0.0.1:${port} \\(connect ECONNREFUSED .*\\)`,
      ),
    );
  });

  it("as one to a database that cannot be reached when there is no socket yet", async () => {
    const url = urlOf("", `host=${encodeURIComponent(await scratchFolder())}&port=5432`);
    const failure = await connectOrm({ url, poolSize: 2, log }).catch((error: Error) => error.cause);
    expect(databaseFault(failure)).toContain("cannot be reached");
  });

  it("at the first host that refuses the login, without trying it elsewhere", async () => {
    const url = urlOf("P,S").replace(credentials(), "results_storage:wrong");
    expect(await connect(url)).toMatch(/password authentication failed for user "results_storage"/);
  });
});

describe("A service that is given a list", () => {
  it("stores and answers again after a failover, without a restart", async () => {
    const url = urlOf("P,S");
    const env = { PORT: "0", DATABASE_URL: url, AUTH: "none", SEAL_INTERVAL_SECONDS: "0" };
    const app = await createApp(readConfig(env), url, log);
    const store = async () => {
      const input = { estimate: { totalMonthlyCost: "1", currency: "USD", byResource: [] } };
      const query = "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ query, variables: { input } });
      const answer = await fetch(`${app.url}/graphql`, { method: "POST", headers, body });
      return ((await answer.json()) as { data?: { storeEstimate?: { created: boolean } } }).data
        ?.storeEstimate;
    };
    try {
      expect(await store()).toEqual({ created: true });
      await primary.stop();
      expect(await store()).toBeUndefined();
      await query(standby.url, "select pg_promote()");
      await until(async () => (await store()) !== undefined);
      await until(async () => (await fetch(`${app.url}/health/ready`)).ok);
    } finally {
      await app.close();
    }
  });

  it("leaves a server that becomes read-only under its connections", async () => {
    const url = urlOf("S");
    const orm = await connectOrm({ url, poolSize: 1, log });
    const pid = () =>
      firstRow(
        new Database(orm.em.fork()),
        { name: "test" },
        sql<{ pid: number }>`select pg_backend_pid() as pid`,
      ).then((row) => row?.pid);
    const first = await pid();
    await firstRow(
      new Database(orm.em.fork()),
      { name: "test" },
      sql`select set_config('default_transaction_read_only', 'on', false)`,
    );
    await expect(
      firstRow(new Database(orm.em.fork()), { name: "test" }, sql`create table refused ()`),
    ).rejects.toMatchObject({
      code: "25006",
    });
    expect(await pid()).not.toBe(first);
    await orm.close();
  });
});
