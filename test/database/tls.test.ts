import { execFile } from "node:child_process";
import { chown, copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/database/embedded/embedded-postgres.ts";
import { firstRow, sql } from "../../src/database/sql.ts";
import { run } from "../support/command-line.ts";
import { removeScratchFolders, scratchFolder } from "../support/scratch-folder.ts";
import { query, removeFolder, temporaryFolder } from "./embedded/server-process.ts";

const openssl = promisify(execFile);
let dataDir: string;
let postgres: EmbeddedPostgres;
let files: string;

/** Makes a CA in the folder, NAME.crt and NAME.key. */
async function makeAuthority(name: string): Promise<void> {
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`];
  await openssl("openssl", [
    ...args,
    "-keyout",
    join(files, `${name}.key`),
    "-out",
    join(files, `${name}.crt`),
  ]);
}

/** Makes NAME.crt and NAME.key, signed by the CA `ours`, for a host or a user of that name. */
async function makeCertificate(name: string): Promise<void> {
  const path = (end: string) => join(files, `${name}.${end}`);
  const request = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`];
  await openssl("openssl", [...request, "-keyout", path("key"), "-out", path("csr")]);
  await writeFile(path("ext"), `subjectAltName=DNS:${name}\n`);
  const signer = ["-CA", join(files, "ours.crt"), "-CAkey", join(files, "ours.key"), "-CAcreateserial"];
  const sign = ["x509", "-req", "-in", path("csr"), "-days", "2", "-extfile", path("ext"), ...signer];
  await openssl("openssl", [...sign, "-out", path("crt")]);
}

beforeAll(async () => {
  [dataDir, files] = [await temporaryFolder(), await scratchFolder()];
  postgres = await startEmbeddedPostgres(dataDir, () => {});
  await makeAuthority("ours");
  await makeAuthority("another");
  await makeCertificate("localhost");
  await makeCertificate("by_cert");
  const [{ data_directory: data }] = (await query(postgres.url, "show data_directory")) as [
    { data_directory: string },
  ];
  const { uid, gid } = await stat(data);
  for (const name of ["localhost.crt", "localhost.key", "ours.crt"]) {
    await copyFile(join(files, name), join(data, name));
    await chown(join(data, name), uid, gid);
  }
  const hba = join(data, "pg_hba.conf");
  const rules = `hostnossl all only_tls all reject\nhostssl all only_plain all reject\nhostssl all by_cert all cert\n`;
  await writeFile(hba, rules + (await readFile(hba, "utf8")));
  for (const statement of [
    "create role only_tls login superuser password 'secret'",
    "create role only_plain login superuser password 'secret'",
    "create role by_cert login superuser",
    "alter system set ssl = on",
    "alter system set ssl_cert_file = 'localhost.crt'",
    "alter system set ssl_key_file = 'localhost.key'",
    "alter system set ssl_ca_file = 'ours.crt'",
    "select pg_reload_conf()",
  ]) {
    await query(postgres.url, statement);
  }
});
afterAll(async () => {
  await postgres?.stop();
  await removeFolder(dataDir);
  await removeScratchFolders();
});

/** The URL of the server that speaks TLS, with these parameters; $FILES is the folder of the certificates. */
function tlsUrl(parameters: string, { host = "localhost", user = "" } = {}): string {
  const url = new URL(postgres.url);
  url.hostname = host;
  if (user !== "") [url.username, url.password] = [user, "secret"];
  url.search = parameters.replaceAll("$FILES", encodeURIComponent(files));
  return url.href;
}

/** The URL of a server that does not. */
function plainUrl(parameters: string): string {
  const url = new URL(inject("templateUrl"));
  url.search = parameters;
  return url.href;
}

/** "TLS" or "plain", as PostgreSQL sees the connection; or why it was refused. */
async function connect(url: string): Promise<string> {
  try {
    const orm = await connectOrm({ url, poolSize: 2, log: pino({ level: "silent" }) });
    const statement = sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    const row = await firstRow(new Database(orm.em.fork()), { name: "test" }, statement).finally(() =>
      orm.close(),
    );
    return row?.ssl ? "TLS" : "plain";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const UNTRUSTED = expect.stringMatching(/self-signed certificate.*Set sslrootcert, in the URL/);
const WRONG_NAME = expect.stringMatching(/does not match.*sslmode=verify-ca/);

describe("A PostgreSQL that speaks TLS is connected to", () => {
  it.each([
    ["", "TLS"],
    ["sslmode=disable", "plain"],
    ["sslmode=allow", "plain"],
    ["sslmode=prefer", "TLS"],
    ["sslmode=require", "TLS"],
    ["ssl=true", "TLS"],
    ["sslmode=require&sslrootcert=$FILES/ours.crt", "TLS"],
    ["sslmode=require&sslrootcert=$FILES/another.crt", UNTRUSTED],
    ["sslmode=verify-ca&sslrootcert=$FILES/ours.crt", "TLS"],
    ["sslmode=verify-ca&sslrootcert=$FILES/another.crt", UNTRUSTED],
    ["sslmode=verify-full&sslrootcert=$FILES/ours.crt", "TLS"],
    ["sslmode=verify-full&sslrootcert=$FILES/another.crt", UNTRUSTED],
    ["sslmode=verify-full", UNTRUSTED],
    ["sslrootcert=system", UNTRUSTED],
    [
      "sslmode=verify-full&sslrootcert=$FILES/none.crt",
      expect.stringMatching(/the file of sslrootcert, .*none.crt, cannot be read \(ENOENT\)/),
    ],
  ])("as sslmode says: %s", async (parameters, outcome) => {
    expect(await connect(tlsUrl(parameters))).toEqual(outcome);
  });

  it.each([
    ["sslmode=require", "TLS"],
    ["sslmode=verify-ca&sslrootcert=$FILES/ours.crt", "TLS"],
    ["sslmode=verify-full&sslrootcert=$FILES/ours.crt", WRONG_NAME],
  ])("by an address that its certificate does not have: %s", async (parameters, outcome) => {
    expect(await connect(tlsUrl(parameters, { host: "127.0.0.1" }))).toEqual(outcome);
  });

  it.each([
    ["only_tls", "sslmode=allow", "TLS"],
    ["only_tls", "sslmode=disable", expect.stringContaining("no encryption")],
    ["only_plain", "sslmode=prefer", "plain"],
    ["only_plain", "sslmode=require", expect.stringContaining("SSL encryption")],
    ["by_cert", "sslmode=require&sslcert=$FILES/by_cert.crt&sslkey=$FILES/by_cert.key", "TLS"],
    ["by_cert", "sslmode=require", expect.stringContaining("certificate")],
  ])("as pg_hba.conf has it of the user %s: %s", async (user, parameters, outcome) => {
    expect(await connect(tlsUrl(parameters, { user }))).toEqual(outcome);
  });

  it("with a public CA or NODE_EXTRA_CA_CERTS for sslrootcert=system", async () => {
    const env = { DATABASE_URL: tlsUrl("sslrootcert=system") };
    const extra = { ...env, NODE_EXTRA_CA_CERTS: join(files, "ours.crt") };
    expect(await run(["migrate", "status"], { env })).toMatchObject({ code: 1, stderr: UNTRUSTED });
    expect(await run(["migrate", "status"], { env: extra })).toMatchObject({ code: 0, stderr: "" });
  });

  it("with the parameters of libpq's environment variables where the URL has none", async () => {
    const env = {
      DATABASE_URL: tlsUrl(""),
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: join(files, "another.crt"),
    };
    expect(await run(["migrate", "status"], { env })).toMatchObject({ code: 1, stderr: UNTRUSTED });
  });
});

describe("A PostgreSQL without TLS is connected to", () => {
  const NO_TLS = expect.stringMatching(/does not support SSL connections.*Set ssl = on .*sslmode=disable/);

  it.each([
    ["", "plain"],
    ["sslmode=disable", "plain"],
    ["sslmode=allow", "plain"],
    ["sslmode=prefer", "plain"],
    ["sslmode=require", NO_TLS],
    ["sslmode=verify-full", NO_TLS],
  ])("as sslmode says: %s", async (parameters, outcome) => {
    expect(await connect(plainUrl(parameters))).toEqual(outcome);
  });
});

it("A wrong password is told at once, encrypted or not", async () => {
  expect(await connect(tlsUrl("", { user: "nobody" }))).toContain("password authentication failed");
});
