import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTokenText } from "../../src/access/tokens.ts";
import { addTokenCommand } from "../../src/cli/token.ts";
import { migrations } from "../../src/database/migrations.ts";
import { startIssuer } from "../access/issuer.ts";
import { createToken, get } from "../access/tokens.ts";
import { run } from "../support/command-line.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startService } from "../support/service.ts";

const issuer = await startIssuer();
const rules = [{ claims: { repository: "acme/shop" }, scope: "write", projects: ["acme/shop"] }];
const service = startService(
  {
    AUTH: "tokens",
    OIDC_ISSUERS: JSON.stringify([{ issuer: issuer.url, audience: "results-storage", rules }]),
  },
  { prepare: async (url) => void (await createToken(url, { name: "taken" })) },
);

const names = migrations.map(({ name }) => name);

const native = fileURLToPath(new URL("../estimates/files/native.json", import.meta.url));

const token = (...args: string[]) => run(["token", ...args], { env: { DATABASE_URL: service.databaseUrl } });
const push = (secret: string, ...args: string[]) =>
  run(["push", native, ...args], {
    env: { RESULTS_STORAGE_URL: service.url, RESULTS_STORAGE_TOKEN: secret },
  });

describe("results-storage token", () => {
  it("creates a valid token, prints only the token, and stores only its hash", async () => {
    const options = [
      "--scope",
      "write",
      "--project",
      "shop",
      "--project",
      "shop/*",
      "--user",
      "ana",
      "--expires",
      "90d",
    ];
    const { code, stdout, stderr } = await token("create", "--name", "ci", ...options);
    expect(code).toBe(0);
    expect(stderr).toContain("This token is shown once.");
    const secret = stdout.trim();
    expect(isTokenText(secret)).toBe(true);
    const [row] = await service.sql("select * from api_tokens where name = 'ci'");
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row).toMatchObject({ scope: "write", projects: ["shop", "shop/*"], user_id: "ana" });
    expect((await push(secret, "--project", "shop", "--user", "ana")).code).toBe(0);
  });

  it.each([
    ["12w", 2_016],
    ["90d", 2_160],
    ["12h", 12],
  ])("expires after %s", async (time, hours) => {
    const { code } = await token("create", "--name", time, "--scope", "read", "--expires", time);
    expect(code).toBe(0);
    const [row] = await service.sql(
      `select round(extract(epoch from expires_at - created_at) / 3600)::int as hours from api_tokens where name = '${time}'`,
    );
    expect(row).toEqual({ hours });
  });

  it("lists tokens without their secrets, and revokes one by its name", async () => {
    const properties = {
      projects: ["shop", "shop/*"],
      user: "ana",
      name: "old",
      expiresAt: new Date("2100-01-01T12:30:00Z"),
    };
    const secret = await createToken(service.databaseUrl, properties);
    const listed = await token("list");
    expect(listed.stdout).toMatch(
      / {2}old {2}write {2}projects shop, shop\/\* {2}user ana {2}created .* {2}expires 2100-01-01T12:30:00\.000Z {2}never used\n/,
    );
    expect(listed.stdout).not.toContain(secret);
    expect((await token("revoke", "old")).stdout).toMatch(/^revoked .* old {2}write/);
    expect((await token("list", "--all", "--json")).stdout).toMatch(/"name": "old"[^}]*"revokedAt": "20/);
  });

  it.each([
    [
      "a name that is taken",
      ["create", "--name", "taken", "--scope", "read"],
      'There is a token "taken" already.',
    ],
    ["a token that is not there", ["revoke", "nobody's"], `There is no token "nobody's"`],
  ])("ends with 2 at %s", async (_name, args, message) => {
    const { code, stdout, stderr } = await token(...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it.each([
    ["no scope", ["create", "--name", "x"], "required option '--scope <scope>' not specified"],
    [
      "an unknown scope",
      ["create", "--name", "x", "--scope", "root"],
      "Allowed choices are read, write, admin",
    ],
    ["an empty name", ["create", "--name", " ", "--scope", "read"], "It must be a text"],
    [
      "every project at once",
      ["create", "--name", "x", "--scope", "read", "--project", "*"],
      "It must be a project",
    ],
    [
      "a time in the past",
      ["create", "--name", "x", "--scope", "read", "--expires", "2020-01-01"],
      "in the future",
    ],
    ["no time", ["create", "--name", "x", "--scope", "read", "--expires", "soon"], "in the future"],
  ])("refuses %s", async (_name, args, message) => {
    const said: string[] = [];
    const program = new Command()
      .exitOverride()
      .configureOutput({ writeErr: (text) => void said.push(text) });
    addTokenCommand(program);
    for (const command of program.commands.flatMap(({ commands }) => commands))
      command.copyInheritedSettings(program);
    await expect(program.parseAsync(["token", ...args], { from: "user" })).rejects.toThrow(CommanderError);
    expect(said.join("")).toContain(message);
  });
});

describe("results-storage token, before the migration of its table", () => {
  let database: TestDatabase;
  const command = (...args: string[]) => run(args, { env: { DATABASE_URL: database.url } });

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const _ of migrations.slice(names.indexOf("20261125-3-access"))) await command("migrate", "down");
  });
  afterAll(() => database.drop());

  it("names the command to run first", async () => {
    const { code, stderr } = await command("token", "list");
    const pending = names.slice(names.indexOf("20261125-3-access")).join(", ");
    expect(stderr).toContain(`${pending} have not run. Run "results-storage migrate up"`);
    expect(code).toBe(1);
  });
});

describe.concurrent("A push", () => {
  it("with the JWT of a CI job is stored", async () => {
    const { code, stderr } = await push(await issuer.sign(), "--project", "acme/shop");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("ends with 1 and the reason when the token is refused", async () => {
    const none = await push("", "--project", "acme/shop");
    expect(none.stderr).toMatch(/^UNAUTHENTICATED: A token is required: .*RESULTS_STORAGE_TOKEN/);
    const elsewhere = await push(await issuer.sign(), "--project", "acme/other");
    expect(elsewhere.stderr).toMatch(/^FORBIDDEN: input\.project must be one that this token is bound to/);
    expect([none, elsewhere].map(({ code }) => code)).toEqual([1, 1]);
  });

  it("exports with a read token only", async () => {
    const secret = await createToken(service.databaseUrl, { scope: "read" });
    const [id] = (await service.sql("select id from jobs limit 1")).map((row) => String(row.id));
    const file = (value: string) =>
      run(["export", id ?? ""], { env: { RESULTS_STORAGE_URL: service.url, RESULTS_STORAGE_TOKEN: value } });
    expect((await file(secret)).code).toBe(0);
    const refused = await file("");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^UNAUTHENTICATED: A token is required/);
    expect((await get(service, `/jobs/${id}`, secret)).status).toBe(200);
  });
});
