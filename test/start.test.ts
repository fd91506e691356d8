import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPostmaster } from "../src/database/embedded/server.ts";
import { removeFolder, temporaryFolder } from "./database/embedded/server-process.ts";
import { run, start } from "./support/command-line.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import {
  exitCodeOf,
  listeningUrlOf,
  type Served,
  said,
  sentencesOf,
  serve,
  urlOf,
} from "./support/served.ts";
import { freePort, standIn } from "./support/stand-in.ts";

async function query(url: string, text: string) {
  const response = await fetch(`${url}/graphql`, { ...post, body: JSON.stringify({ query: text }) });
  return (await response.json()) as { data: { jobs: { nodes: { id: string; totalMonthlyCost: string }[] } } };
}

const post = { method: "POST", headers: { "content-type": "application/json" } };

/** Longer than a test: a server that stops earlier does not wait for its end. */
const PATIENT = { SHUTDOWN_GRACE_S: "600" };

/** Starts a request, and waits until the server has received it. */
async function beginUpload(url: string): Promise<ClientRequest> {
  const upload = request(`${url}/graphql`, {
    ...post,
    headers: { ...post.headers, expect: "100-continue" },
  });
  upload.flushHeaders();
  await once(upload, "continue");
  return upload;
}

/** Waits until a server has received the signal to stop. */
const stopping = (server: Served) => said(server, () => /"msg":"stopping"/.exec(server.stderr));

const native = new URL("estimates/files/native.json", import.meta.url).pathname;

describe("The service on its embedded database", () => {
  let dataDir: string;
  let postgresData: string;

  beforeAll(async () => {
    dataDir = await temporaryFolder();
    postgresData = join(dataDir, "postgresql", "data");
  });
  afterAll(() => removeFolder(dataDir));

  it("prints the next steps, keeps its data after kill -9, and stops with its PostgreSQL", async () => {
    const killed = serve({ DATA_DIR: dataDir });
    const url = await urlOf(killed);
    expect(killed.stdout).toContain(`its data is in ${dataDir}.`);
    expect(killed.stdout).toContain("There is no access control (AUTH=none)");
    expect(killed.stdout).toContain(
      `RESULTS_STORAGE_URL=${url} npx --no -- results-storage push infracost.json\n`,
    );
    expect((await run(["push", "--url", url, native])).code).toBe(0);

    const second = serve({ DATA_DIR: dataDir });
    expect(await exitCodeOf(second)).toBe(1);
    expect(sentencesOf(second)).toBe(
      `${dataDir} is in use by another server process (pid ${killed.child.pid}). ` +
        "Stop that process first, or choose another data folder.\n",
    );

    killed.child.kill("SIGKILL");
    await killed.ended;
    const next = serve({ DATA_DIR: dataDir });
    const { data } = await query(await urlOf(next), "{ jobs { nodes { id totalMonthlyCost } } }");
    expect(data.jobs.nodes).toHaveLength(1);

    next.child.kill("SIGINT");
    expect(await exitCodeOf(next)).toBe(0);
    expect(sentencesOf(next)).toBe("");
    expect(await findPostmaster(postgresData)).toBeUndefined();
  });

  it("reports that it listens only after the migration, on standard error and on standard output", async () => {
    const folder = await scratchFolder();
    const output = await open(join(folder, "output"), "w+");
    const env = { DATA_DIR: folder, PORT: "0" };
    const server = start(["serve"], env, { stdio: ["ignore", output.fd, output.fd] });
    const ended = once(server, "exit");
    const written = () => readFile(join(folder, "output"), "utf8");
    while (!(await written()).includes("Press Ctrl-C") && server.exitCode === null) await sleep(20);
    server.kill("SIGTERM");
    await ended;
    await output.close();
    // The log is written in the background, so that its last lines may follow the text on standard output.
    const text = await written();
    expect(text).toContain("results-storage is listening");
    const logged = /Answering health checks at|"migrated"|Server listening at/g;
    expect([...new Set(text.match(logged))]).toEqual([
      "Answering health checks at",
      '"migrated"',
      "Server listening at",
    ]);
    expect(text.indexOf('"migrated"')).toBeLessThan(text.indexOf("results-storage is listening"));
  });

  it("reports in one sentence that the port is in use, and leaves no PostgreSQL running", async () => {
    const { url } = await standIn((response) => void response.end());
    const { port } = new URL(url);
    const server = serve({ DATA_DIR: dataDir, PORT: port });
    expect(await exitCodeOf(server)).toBe(1);
    expect(sentencesOf(server)).toBe(
      `Port ${port} of 127.0.0.1 is in use. Stop the program that uses it, or choose another port with PORT.\n`,
    );
    expect(server.stdout).toBe("");
    expect(await findPostmaster(postgresData)).toBeUndefined();
  });

  it("leaves no PostgreSQL running when it is stopped during the start", async () => {
    const server = serve({ DATA_DIR: dataDir });
    while (!server.stderr.includes("PostgreSQL listens")) await sleep(5);
    server.child.kill("SIGINT");
    expect(await exitCodeOf(server)).toBe(0);
    expect(await findPostmaster(postgresData)).toBeUndefined();
  });
});

describe("The service on a database of DATABASE_URL", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it("stops although browsers keep used and unused connections open", async () => {
    const server = serve({ DATABASE_URL: database.url, ...PATIENT });
    const url = await urlOf(server);
    expect(server.stdout).toContain("its data is in the database of DATABASE_URL.");
    const spare = connect(Number(new URL(url).port), "127.0.0.1");
    const used = connect(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [spare, used]) socket.on("error", () => undefined);
    used.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(used, "data");

    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
  });

  it("completes a running request, and counts the Ctrl-C that npm forwards as one signal", async () => {
    const server = serve({ DATABASE_URL: database.url, ...PATIENT });
    const upload = await beginUpload(await urlOf(server));
    const answered = once(upload, "response");
    upload.write('{"query":');
    // Two equal signals that are sent at once may be delivered as one.
    server.child.kill("SIGINT");
    server.child.kill("SIGTERM");
    await stopping(server);
    upload.end('"{ jobs { totalCount } }"}');
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await exitCodeOf(server)).toBe(0);
  });

  it("ends immediately at a second signal", async () => {
    const server = serve({ DATABASE_URL: database.url, ...PATIENT });
    const upload = await beginUpload(await urlOf(server));
    upload.on("error", () => undefined).write("{");
    server.child.kill("SIGINT");
    await stopping(server);
    // An earlier signal counts as the one that npm forwards.
    await sleep(700);
    expect(server.child.exitCode).toBeNull();
    server.child.kill("SIGINT");
    expect(await exitCodeOf(server)).toBe(130);
    expect(sentencesOf(server)).toBe("");
  });

  it("does not start without a token, unless AUTH=none", async () => {
    const refused = serve({ DATABASE_URL: database.url, AUTH: "" });
    expect(await exitCodeOf(refused)).toBe(1);
    expect(sentencesOf(refused)).toBe(
      "The server accepts only requests with a token, and there is no token. " +
        'Create one with "results-storage token create --name ci --scope write", or set OIDC_ISSUERS. ' +
        "AUTH=none disables access control for all clients that can reach the server.\n",
    );
    expect(refused.stdout).toBe("");
    const create = ["token", "create", "--name", "ci", "--scope", "write"];
    const { stdout: token } = await run(create, { env: { DATABASE_URL: database.url } });
    const server = serve({ DATABASE_URL: database.url, AUTH: "" });
    const url = await urlOf(server);
    expect(server.stdout).toContain("Clients need a token (RESULTS_STORAGE_TOKEN)");
    const statusWith = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/v1/jobs`, { headers })).status;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: `Bearer ${token.trim()}` })).toBe(200);
  });

  it("reports the problem of the database in one sentence, without the password", async () => {
    const url = new URL(database.url);
    url.pathname = "no_such_database";
    const server = serve({ DATABASE_URL: url.href });
    expect(await exitCodeOf(server)).toBe(1);
    expect(sentencesOf(server)).toBe(
      `The database at ${url.host}/no_such_database cannot be used: database "no_such_database" does not exist. ` +
        "Check that DATABASE_URL is correct and that PostgreSQL runs.\n",
    );
  });

  it("waits for a PostgreSQL that is not running, reports it without the password, and can be stopped", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const server = serve({ DATABASE_URL: `postgresql://me:s3cret@${host}/costs` });
    const url = await listeningUrlOf(server);
    await said(server, () => /Waiting for the database/.exec(server.stderr) ?? undefined);
    expect(server.stderr).toContain(
      `Waiting for the database. The database at ${host}/costs cannot be used: connect ECONNREFUSED ${host}. `,
    );
    expect(server.stderr).not.toContain("s3cret");
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "waiting for the database" }]);
    const asked = await fetch(`${url}/graphql`, { ...post, body: "{}" });
    expect([asked.status, await asked.json()]).toEqual([
      503,
      {
        errors: [
          {
            message: "The service is starting and waits for its database; try again.",
            extensions: { code: "SERVICE_UNAVAILABLE" },
          },
        ],
      },
    ]);
    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
  });
});
