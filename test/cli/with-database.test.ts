import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../support/command-line.ts";
import { startService } from "../support/service.ts";

const service = startService();

const logins = {
  server: `server_${Math.random().toString(36).slice(2)}`,
  retention: `retention_${Math.random().toString(36).slice(2)}`,
};

beforeAll(async () => {
  for (const [role, login] of Object.entries(logins))
    await service.sql(`create role ${login} login password 'secret' in role results_storage_${role}`);
});
afterAll(async () => {
  for (const login of Object.values(logins)) await service.sql(`drop role ${login}`);
});

/** The URL of the service's database with a login that has only the rights of a role. */
function urlOf(role: keyof typeof logins): string {
  const url = new URL(service.databaseUrl);
  url.username = logins[role];
  url.password = "secret";
  return url.href;
}

const CREATE = ["token", "create", "--name", "ci", "--scope", "write"];

describe("A command that works as the owner of the tables", () => {
  it.each([
    ["token create", CREATE, "server"],
    ["token revoke", ["token", "revoke", "nobody's"], "server"],
    ["migrate down", ["migrate", "down"], "server"],
    ["token list", ["token", "list"], "retention"],
  ] as const)("names the login that it needs: %s", async (_name, args, role) => {
    const { code, stdout, stderr } = await run(args, { env: { DATABASE_URL: urlOf(role) } });
    expect(stderr).toMatch(
      /^The login of DATABASE_URL lacks a permission \(.*\): the command needs the owner of the tables\. Set OWNER_DATABASE_URL, /,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it("names the URL of the login", async () => {
    const env = { DATABASE_URL: service.databaseUrl, OWNER_DATABASE_URL: urlOf("server") };
    expect((await run(CREATE, { env })).stderr).toMatch(
      /^The login of OWNER_DATABASE_URL lacks a permission/,
    );
  });

  it("uses the owner's login of OWNER_DATABASE_URL", async () => {
    const env = { DATABASE_URL: urlOf("server"), OWNER_DATABASE_URL: service.databaseUrl };
    expect((await run(CREATE, { env })).code).toBe(0);
  });
});

describe("A command that takes a role", () => {
  it("names the role that an administrator has to grant: verify", async () => {
    const { code, stderr } = await run(["verify"], { env: { DATABASE_URL: urlOf("retention") } });
    expect(stderr).toMatch(/^Nothing was verified: .* grant results_storage_server to the user\.\n$/);
    expect(code).toBe(3);
  });
});
